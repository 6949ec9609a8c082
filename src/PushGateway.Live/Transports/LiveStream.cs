using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.Live.Transports;

/// <summary>What a live subscriber is told, step by step, until one of the two has had enough. The same for every transport that streams.</summary>
public sealed class LiveStream : IDisposable
{
    /// <summary>Messages in one step.</summary>
    private const int MaxFrames = 64;

    private static readonly TimeSpan s_storeRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly LiveOptions _options;
    private readonly LiveMetrics _metrics;
    private readonly CancellationToken _stopping;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenRegistration _registration;

    public LiveStream(LiveHub hub, IOptions<LiveOptions> options, LiveMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(hub);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(lifetime);
        (_options, _metrics, _stopping, _timeProvider) = (options.Value, metrics, lifetime.ApplicationStopping, timeProvider);
        // Once for all who wait, instead of once for each.
        _registration = _stopping.UnsafeRegister(static all => ((LiveHub)all!).Ring(), hub);
    }

    public void Dispose() => _registration.Dispose();

    /// <summary>State first, then whatever comes, and an end, unless the client leaves before: then the enumeration ends without.</summary>
    /// <param name="since">The last message the client has; <see langword="null"/> to begin with the next one.</param>
    /// <param name="abort">Ends the connection without another word: a step has been given out, and the next is not asked for in time.</param>
    /// <param name="gone">The client has left.</param>
    public async IAsyncEnumerable<LiveStep> FollowAsync(
        LiveReader reader, long? since, LiveLease lease, LiveTransport transport, Action abort, [EnumeratorCancellation] CancellationToken gone)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(abort);
        List<LiveFrame> frames = [];
        var step = await OpenAsync(reader, since, lease, gone);
        while (!gone.IsCancellationRequested)
        {
            switch (step.Kind)
            {
                case LiveStepKind.Waiting:
                    await reader.WaitAsync(Wait(lease), gone);
                    step = Next(reader, frames, lease, hasWaited: true);
                    continue;
                case LiveStepKind.Behind:
                    step = await CatchUpAsync(reader, frames, gone);
                    continue;
                case LiveStepKind.Asking:
                    step = await AskAsync(reader, frames, lease, gone);
                    continue;
            }

            if (step.Kind == LiveStepKind.End)
            {
                yield return step;
                yield break;
            }

            // Whoever carries the step asks for the next one when the transport has taken this one. A timer for each: an idle client has none.
            using (Limit(abort))
            {
                yield return step;
            }

            step = After(step, reader, frames, lease, transport);
        }
    }

    /// <summary>Carries every step to the sink.</summary>
    /// <remarks>One method for all, because what it keeps while it waits is kept for every client.</remarks>
    internal async Task RunAsync(LiveReader reader, long? since, ILiveSink sink, LiveLease lease, CancellationToken gone)
    {
        List<LiveFrame> frames = [];
        try
        {
            var step = await OpenAsync(reader, since, lease, gone);
            while (!gone.IsCancellationRequested && !reader.HasLeft)
            {
                switch (step.Kind)
                {
                    case LiveStepKind.Waiting:
                        await reader.WaitAsync(Wait(lease), gone);
                        step = Next(reader, frames, lease, hasWaited: true);
                        continue;
                    case LiveStepKind.Behind:
                        step = await CatchUpAsync(reader, frames, gone);
                        continue;
                    case LiveStepKind.Asking:
                        step = await AskAsync(reader, frames, lease, gone);
                        continue;
                    case LiveStepKind.End:
                        await SayGoodbyeAsync(sink, step.Reason!, gone);
                        return;
                }

                await InTime(Write(sink, step, gone));
                step = After(step, reader, frames, lease, sink.Transport);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested || reader.HasLeft)
        {
            // Nobody is there to be told.
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // In the middle of a write.
            _metrics.Ended(EndReasons.Stopping);
            await SayGoodbyeAsync(sink, EndReasons.Stopping, gone);
        }
        catch (TimeoutException)
        {
            _metrics.Ended(EndReasons.Slow);
            sink.Abort();
        }
    }

    private static ValueTask Write(ILiveSink sink, in LiveStep step, CancellationToken cancellationToken) => step.Kind switch
    {
        LiveStepKind.State => sink.WriteStateAsync(step.IsRecovered, step.Cursor, cancellationToken),
        LiveStepKind.Messages => sink.WriteAsync(step.Frames, cancellationToken),
        _ => sink.KeepAliveAsync(cancellationToken),
    };

    /// <exception cref="TimeoutException">The client does not take it.</exception>
    private ValueTask InTime(ValueTask writing) =>
        writing.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(writing.AsTask().WaitAsync(_options.WriteTimeout, _timeProvider, _stopping));

    /// <returns>To be disposed of in time, or the client is dropped.</returns>
    private ITimer Limit(Action abort) => _timeProvider.CreateTimer(
        _ =>
        {
            _metrics.Ended(EndReasons.Slow);
            abort();
        },
        null, _options.WriteTimeout, Timeout.InfiniteTimeSpan);

    private async ValueTask<LiveStep> OpenAsync(LiveReader reader, long? since, LiveLease lease, CancellationToken gone)
    {
        lease.KnownAt = _timeProvider.GetTimestamp();
        try
        {
            var isRecovered = await reader.OpenAsync(since, gone);
            return _stopping.IsCancellationRequested ? End(EndReasons.Stopping) : LiveStep.State(isRecovered, reader.Cursor);
        }
        catch (StoreUnavailableException)
        {
            return End(EndReasons.Unavailable);
        }
    }

    /// <summary>The client has been told the step: what is next.</summary>
    private LiveStep After(in LiveStep step, LiveReader reader, List<LiveFrame> frames, LiveLease lease, LiveTransport transport)
    {
        switch (step.Kind)
        {
            case LiveStepKind.Messages:
                _metrics.Sent(transport, frames.Count);
                break;
            case LiveStepKind.State when frames.Count > 0:
                return LiveStep.Messages(frames);
        }

        return Next(reader, frames, lease, hasWaited: false);
    }

    private LiveStep Next(LiveReader reader, List<LiveFrame> frames, LiveLease lease, bool hasWaited)
    {
        if (_stopping.IsCancellationRequested)
        {
            return End(EndReasons.Stopping);
        }

        if (EndOf(lease) is { } reason)
        {
            return End(reason);
        }

        if (!hasWaited && lease.IsStillGiven is not null && _timeProvider.GetElapsedTime(lease.KnownAt) >= _options.KeepAlive)
        {
            return new LiveStep(LiveStepKind.Asking);
        }

        switch (reader.TryRead(frames, MaxFrames))
        {
            case true:
                return LiveStep.Messages(frames);
            case false:
                return new LiveStep(LiveStepKind.Behind);
        }

        // A memory of what it has been sent would be much of what an idle client costs.
        frames.Capacity = 0;
        return new LiveStep(hasWaited ? LiveStepKind.Quiet : LiveStepKind.Waiting);
    }

    /// <summary>The history is tried again until it can be read: what is missing would otherwise be missed.</summary>
    private async ValueTask<LiveStep> CatchUpAsync(LiveReader reader, List<LiveFrame> frames, CancellationToken gone)
    {
        try
        {
            return await reader.CatchUpAsync(frames, MaxFrames, gone) == LiveRead.Messages
                ? LiveStep.Messages(frames)
                : LiveStep.State(false, frames.Count > 0 ? frames[0].Sequence - 1 : reader.Cursor);
        }
        catch (StoreUnavailableException)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, _stopping);
            await Task.Delay(s_storeRetry, _timeProvider, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return _stopping.IsCancellationRequested ? End(EndReasons.Stopping) : new LiveStep(LiveStepKind.Quiet);
        }
    }

    /// <summary>Whether the client may still listen. A store that cannot be asked takes nothing away.</summary>
    private async ValueTask<LiveStep> AskAsync(LiveReader reader, List<LiveFrame> frames, LiveLease lease, CancellationToken gone)
    {
        try
        {
            if (!await lease.IsStillGiven!(gone))
            {
                return End(EndReasons.Forbidden);
            }
        }
        catch (StoreUnavailableException)
        {
            // It is asked again.
        }

        lease.KnownAt = _timeProvider.GetTimestamp();
        return Next(reader, frames, lease, hasWaited: false);
    }

    private LiveStep End(string reason)
    {
        _metrics.Ended(reason);
        return LiveStep.End(reason);
    }

    private string? EndOf(LiveLease lease) =>
        lease.ExpiresAt <= _timeProvider.GetUtcNow() ? EndReasons.Expired : lease.IsGiven() ? null : EndReasons.Forbidden;

    private TimeSpan Wait(LiveLease lease)
    {
        var wait = _options.KeepAlive;
        return lease.ExpiresAt is { } end && end - _timeProvider.GetUtcNow() is var left && left < wait ? left : wait;
    }

    private async Task SayGoodbyeAsync(ILiveSink sink, string reason, CancellationToken gone)
    {
        try
        {
            await sink.EndAsync(reason, gone).AsTask().WaitAsync(s_farewell, _timeProvider, gone);
        }
        catch (Exception problem) when (problem is OperationCanceledException or TimeoutException or IOException or InvalidOperationException or WebSocketException)
        {
            sink.Abort();
        }
    }
}
