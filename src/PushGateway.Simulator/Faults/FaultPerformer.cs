using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Faults;

/// <summary>Carries out a <see cref="FaultAction"/> on a request.</summary>
/// <param name="timeProvider">Measures delays.</param>
/// <param name="stopping">Ends waits when the simulator stops.</param>
internal sealed class FaultPerformer(TimeProvider timeProvider, CancellationToken stopping)
{
    public const string Reset = "(reset)";
    public const string Aborted = "(aborted)";
    public const string NeverAnswered = "(never answered)";

    /// <param name="context">The request.</param>
    /// <param name="action">What to do.</param>
    /// <param name="named">The answer of a name, for the provider asked; null when the provider has none of that name.</param>
    public async Task<FaultResult> PerformAsync(HttpContext context, FaultAction action, Func<string, CannedAnswer?> named)
    {
        await DelayAsync(context, TimeSpan.FromMilliseconds(action.DelayMilliseconds));
        if (action.CloseConnection)
        {
            context.Features.Get<SimulatedConnection>()?.CloseGracefully();
        }

        if (action.NeverAnswer)
        {
            await DelayAsync(context, Timeout.InfiniteTimeSpan);
            context.Abort();
            return new FaultResult(NeverAnswered, null);
        }

        if (action.ResetCode is { } code)
        {
            ResetStream(context, code);
            return new FaultResult(Reset, null);
        }

        if (action.AbortConnection)
        {
            context.Features.Get<SimulatedConnection>()?.Abort();
            return new FaultResult(Aborted, null);
        }

        var answer = action.Answer is { } name ? named(name) : MadeUp(action);
        return new FaultResult(null, answer is null ? null : WithRetryAfter(answer, action));
    }

    /// <summary>Waits on the simulator's clock, but no longer than the client does.</summary>
    public async Task DelayAsync(HttpContext context, TimeSpan delay)
    {
        if (delay == TimeSpan.Zero)
        {
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await Task.Delay(delay, timeProvider, ended.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody is waiting any more; what follows is written to a closed stream, which Kestrel ignores.
        }
    }

    public static void ResetStream(HttpContext context, int code)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            stream.Reset(code);
        }
        else
        {
            context.Abort();
        }
    }

    private static CannedAnswer? MadeUp(FaultAction action) => action.Status is not { } status ? null : new CannedAnswer
    {
        Reason = $"(made up {status})",
        Status = status,
        Body = action.Body is null ? [] : Encoding.UTF8.GetBytes(action.Body),
        ContentType = action.ContentType,
    };

    private CannedAnswer WithRetryAfter(CannedAnswer answer, FaultAction action)
    {
        if (action.RetryAfterSeconds is not { } seconds)
        {
            return answer;
        }

        var text = action.RetryAfterAsDate
            ? timeProvider.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture)
            : seconds.ToString(CultureInfo.InvariantCulture);
        return answer with { RetryAfter = text };
    }
}
