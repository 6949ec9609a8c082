using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.Live.Transports;

/// <summary>What a live subscriber is told, step by step, until one of the two has had enough. The same for every transport that streams.</summary>
public sealed class LiveStream(IOptions<LiveOptions> options, LiveMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider timeProvider)
{
    /// <summary>Messages in one step.</summary>
    private const int MaxFrames = 64;

    private static readonly TimeSpan s_storeRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    /// <summary>State first, then whatever comes, and an end, unless the client leaves before: then the enumeration is cancelled.</summary>
    /// <param name="since">The last message the client has; <see langword="null"/> to begin with the next one.</param>
    /// <param name="gone">The client has left.</param>
    public async IAsyncEnumerable<LiveStep> FollowAsync(
        LiveReader reader, long? since, LiveLease lease, LiveTransport transport, [EnumeratorCancellation] CancellationToken gone)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(transport);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        List<LiveFrame> frames = [];
        var step = await OpenAsync(reader, since, ending.Token);
        while (true)
        {
            yield return step;
            switch (step.Kind)
            {
                case LiveStepKind.End:
                    metrics.Ended(step.Reason!);
                    yield break;
                case LiveStepKind.Messages:
                    metrics.Sent(transport, frames.Count);
                    break;
                case LiveStepKind.Quiet:
                    // A memory of what it has been sent would be much of what an idle client costs.
                    frames = frames.Capacity > 0 ? [] : frames;
                    break;
                case LiveStepKind.State when frames.Count > 0:
                    step = LiveStep.Messages(frames);
                    continue;
            }

            // Asked after the wait: whoever has lost the right to listen meanwhile gets nothing of what came.
            step = await NextAsync(reader, frames, lease, ending.Token);
            step = step.Kind != LiveStepKind.End && EndOf(lease) is { } reason ? LiveStep.End(reason) : step;
        }
    }

    /// <summary>Carries every step to the sink.</summary>
    internal async Task RunAsync(LiveReader reader, long? since, ILiveSink sink, LiveLease lease, CancellationToken gone)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        try
        {
            await foreach (var step in FollowAsync(reader, since, lease, sink.Transport, gone))
            {
                if (step.Kind == LiveStepKind.End)
                {
                    await SayGoodbyeAsync(sink, step.Reason!, gone);
                    return;
                }

                await InTime(Write(sink, step, ending.Token), ending.Token);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // In the middle of a write.
            metrics.Ended(EndReasons.Stopping);
            await SayGoodbyeAsync(sink, EndReasons.Stopping, gone);
        }
        catch (TimeoutException)
        {
            metrics.Ended(EndReasons.Slow);
            sink.Abort();
        }
    }

    private static ValueTask Write(ILiveSink sink, LiveStep step, CancellationToken cancellationToken) => step.Kind switch
    {
        LiveStepKind.State => sink.WriteStateAsync(step.IsRecovered, step.Cursor, cancellationToken),
        LiveStepKind.Messages => sink.WriteAsync(step.Frames, cancellationToken),
        _ => sink.KeepAliveAsync(cancellationToken),
    };

    private async ValueTask<LiveStep> OpenAsync(LiveReader reader, long? since, CancellationToken ending)
    {
        try
        {
            var isRecovered = await reader.OpenAsync(since, ending);
            return LiveStep.State(isRecovered, reader.Cursor);
        }
        catch (StoreUnavailableException)
        {
            return LiveStep.End(EndReasons.Unavailable);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return LiveStep.End(EndReasons.Stopping);
        }
    }

    /// <summary>The history is tried again until it can be read: what is missing would otherwise be missed.</summary>
    private async ValueTask<LiveStep> NextAsync(LiveReader reader, List<LiveFrame> frames, LiveLease lease, CancellationToken ending)
    {
        try
        {
            return await reader.ReadAsync(frames, MaxFrames, Wait(lease), ending) switch
            {
                LiveRead.Messages => LiveStep.Messages(frames),
                LiveRead.Gap => LiveStep.State(false, frames.Count > 0 ? frames[0].Sequence - 1 : reader.Cursor),
                _ => new LiveStep(LiveStepKind.Quiet),
            };
        }
        catch (StoreUnavailableException)
        {
            // Whether it was cut short shows with the next step.
            await Task.Delay(s_storeRetry, timeProvider, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new LiveStep(LiveStepKind.Quiet);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return LiveStep.End(EndReasons.Stopping);
        }
    }

    private string? EndOf(LiveLease lease) =>
        lease.ExpiresAt <= timeProvider.GetUtcNow() ? EndReasons.Expired : lease.IsGiven() ? null : EndReasons.Forbidden;

    private TimeSpan Wait(LiveLease lease)
    {
        var wait = options.Value.KeepAlive;
        return lease.ExpiresAt is { } end && end - timeProvider.GetUtcNow() is var left && left < wait ? (left > TimeSpan.Zero ? left : TimeSpan.Zero) : wait;
    }

    /// <exception cref="TimeoutException">The client does not take it.</exception>
    private async ValueTask InTime(ValueTask writing, CancellationToken ending)
    {
        if (!writing.IsCompletedSuccessfully)
        {
            await writing.AsTask().WaitAsync(options.Value.WriteTimeout, timeProvider, ending);
        }
    }

    private async Task SayGoodbyeAsync(ILiveSink sink, string reason, CancellationToken gone)
    {
        try
        {
            await sink.EndAsync(reason, gone).AsTask().WaitAsync(s_farewell, timeProvider, gone);
        }
        catch (Exception problem) when (problem is OperationCanceledException or TimeoutException or IOException or InvalidOperationException or WebSocketException)
        {
            sink.Abort();
        }
    }
}
