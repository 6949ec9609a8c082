using Microsoft.AspNetCore.Http;
using PushGateway.Simulator.Counting;
using PushGateway.Simulator.Faults;
using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Apns;

/// <summary>
/// Answers one APNs request: read the body, validate, then in turn the fault rules, the quota of the device token, the well-known tokens, acceptance.
/// </summary>
internal sealed class ApnsEndpoint(SimulatorOptions options, ApnsValidator validator, SimulatorCore core)
{
    private const int RefusedStream = 7;
    private const string StreamRefused = "(stream refused)";

    public async Task HandleAsync(HttpContext context)
    {
        var connection = context.Features.Get<SimulatedConnection>()!;
        var totals = core.Scoreboard.TotalsOf(SimulatedProvider.Apns);
        var streams = connection.StreamOpened();
        try
        {
            totals.Request();
            if (options.ApnsStartsWithOneStream && streams > 1 && !connection.HadAcceptedPush)
            {
                FaultPerformer.ResetStream(context, RefusedStream);
                totals.Answer(0, StreamRefused);
                return;
            }

            using var body = await RequestBody.ReadAsync(context.Request.BodyReader, context.RequestAborted);
            await AnswerAsync(context, connection, totals, body.Bytes);
        }
        finally
        {
            connection.StreamClosed();
        }
    }

    private async Task AnswerAsync(HttpContext context, SimulatedConnection connection, ProviderTotals totals, ReadOnlyMemory<byte> body)
    {
        context.Response.Headers["apns-id"] = MessageIdFor(context.Request);
        if (validator.Check(context.Request, body.Span, connection) is { } invalid)
        {
            Refuse(context, totals, body, ApnsAnswerCatalog.Get(invalid, core.TimeProvider.GetUtcNow()));
            return;
        }

        var path = context.Request.Path.Value!;
        var key = TokenKey.Of(SimulatedProvider.Apns, ApnsValidator.TokenOf(path));
        var counted = false;
        if (core.Faults.Match(SimulatedProvider.Apns, ApnsValidator.TokenOf(path), key) is { } action)
        {
            if (action.CountAsAccepted)
            {
                totals.Accept(key);
                counted = true;
            }

            var result = await core.FaultPerformer.PerformAsync(context, action, name => Named(name, action));
            if (result.Unanswered is not null)
            {
                totals.Answer(0, result.Unanswered);
                Record(context, body, 0, result.Unanswered);
                return;
            }

            if (result.Answer is not null)
            {
                Refuse(context, totals, body, result.Answer);
                return;
            }
        }

        if (RefusalOf(path, key) is { } refused)
        {
            Refuse(context, totals, body, ApnsAnswerCatalog.Get(refused, core.TimeProvider.GetUtcNow()));
            return;
        }

        if (options.UseWellKnownTokens && Begins(path, WellKnownTokens.ApnsSlow))
        {
            await core.FaultPerformer.DelayAsync(context, options.SlowAnswerDelay);
        }

        if (!counted)
        {
            totals.Accept(key);
        }

        connection.PushAccepted();
        Accept(context, totals, body);
    }

    private string? RefusalOf(string path, TokenKey key)
    {
        if (!core.Quotas.TryTakeToken(key))
        {
            return ApnsAnswers.TooManyRequests;
        }

        if (!options.UseWellKnownTokens)
        {
            return null;
        }

        if (Begins(path, WellKnownTokens.ApnsUnavailableOnce) && core.FirstAttempts.Increment(key) == 1)
        {
            return ApnsAnswers.ServiceUnavailable;
        }

        return Begins(path, WellKnownTokens.ApnsThrottledOnce) && core.FirstAttempts.Increment(key) == 1 ? ApnsAnswers.TooManyRequests : null;
    }

    private void Accept(HttpContext context, ProviderTotals totals, ReadOnlyMemory<byte> body)
    {
        if (options.Sandbox)
        {
            context.Response.Headers["apns-unique-id"] = NewId();
        }

        totals.Answer(StatusCodes.Status200OK, null);
        Record(context, body, StatusCodes.Status200OK, null);
    }

    private void Refuse(HttpContext context, ProviderTotals totals, ReadOnlyMemory<byte> body, CannedAnswer answer)
    {
        totals.Answer(answer.Status, answer.Reason);
        Record(context, body, answer.Status, answer.Reason);
        context.Response.Write(answer);
    }

    private void Record(HttpContext context, ReadOnlyMemory<byte> body, int status, string? reason) =>
        core.Scoreboard.Recent.Record(SimulatedProvider.Apns, context.Request, ApnsValidator.TokenOf(context.Request.Path.Value ?? string.Empty), body.Span, status, reason);

    private CannedAnswer? Named(string name, FaultAction action) => ApnsAnswerCatalog.Contains(name)
        ? ApnsAnswerCatalog.Get(name, core.TimeProvider.GetUtcNow().AddMilliseconds(action.TimestampOffsetMilliseconds))
        : null;

    private string MessageIdFor(HttpRequest request)
    {
        var given = request.Headers["apns-id"];
        return given.Count == 1 && ApnsValidator.IsMessageId(given.ToString()) ? given.ToString() : NewId();
    }

    private string NewId() => Guid.CreateVersion7(core.TimeProvider.GetUtcNow()).ToString("D");

    private static bool Begins(string path, string tokenPrefix) =>
        ApnsValidator.TokenOf(path).StartsWith(tokenPrefix, StringComparison.OrdinalIgnoreCase);
}
