using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.Live.Transports;

/// <summary>Carries what a reader reads to a client, until one of them has had enough. The same for every transport that streams.</summary>
internal sealed class LiveStream(IOptions<LiveOptions> options, LiveMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider timeProvider)
{
    /// <summary>Messages in one write.</summary>
    private const int MaxFrames = 64;

    private static readonly TimeSpan s_storeRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    /// <param name="since">The last message the client has; <see langword="null"/> to begin with the next one.</param>
    /// <param name="gone">The client has left.</param>
    public async Task RunAsync(LiveReader reader, long? since, ILiveSink sink, LiveLease lease, CancellationToken gone)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        try
        {
            var reason = await CarryAsync(reader, since, sink, lease, ending.Token);
            metrics.Ended(reason);
            await SayGoodbyeAsync(sink, reason, gone);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            metrics.Ended(EndReasons.Stopping);
            await SayGoodbyeAsync(sink, EndReasons.Stopping, gone);
        }
        catch (TimeoutException)
        {
            metrics.Ended(EndReasons.Slow);
            sink.Abort();
        }
    }

    /// <returns>Why it has ended.</returns>
    private async Task<string> CarryAsync(LiveReader reader, long? since, ILiveSink sink, LiveLease lease, CancellationToken ending)
    {
        try
        {
            var isRecovered = await reader.OpenAsync(since, ending);
            await InTime(sink.WriteStateAsync(isRecovered, reader.Cursor, ending), ending);
        }
        catch (StoreUnavailableException)
        {
            return EndReasons.Unavailable;
        }

        List<LiveFrame> frames = [];
        while (true)
        {
            if (EndOf(lease) is { } reason)
            {
                return reason;
            }

            switch (await ReadAsync(reader, frames, lease, ending))
            {
                case LiveRead.Nothing:
                    await InTime(sink.KeepAliveAsync(ending), ending);
                    // A crowd in memory of what it has been sent would be most of what an idle client costs.
                    frames = frames.Capacity > 0 ? [] : frames;
                    continue;
                case LiveRead.Gap:
                    await InTime(sink.WriteStateAsync(false, frames.Count > 0 ? frames[0].Sequence - 1 : reader.Cursor, ending), ending);
                    break;
                case LiveRead.Messages:
                    break;
            }

            await InTime(sink.WriteAsync(frames, ending), ending);
            metrics.Sent(sink.Transport, frames.Count);
        }
    }

    /// <summary>The history is tried again until it can be read: what is missing would otherwise be missed.</summary>
    private async ValueTask<LiveRead> ReadAsync(LiveReader reader, List<LiveFrame> frames, LiveLease lease, CancellationToken ending)
    {
        try
        {
            return await reader.ReadAsync(frames, MaxFrames, Wait(lease), ending);
        }
        catch (StoreUnavailableException)
        {
            await Task.Delay(s_storeRetry, timeProvider, ending);
            return LiveRead.Nothing;
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
        if (writing.IsCompletedSuccessfully)
        {
            return;
        }

        await writing.AsTask().WaitAsync(options.Value.WriteTimeout, timeProvider, ending);
    }

    private async Task SayGoodbyeAsync(ILiveSink sink, string reason, CancellationToken gone)
    {
        try
        {
            await sink.EndAsync(reason, gone).AsTask().WaitAsync(s_farewell, timeProvider, gone);
        }
        catch (Exception problem) when (problem is OperationCanceledException or TimeoutException or IOException or InvalidOperationException or System.Net.WebSockets.WebSocketException)
        {
            sink.Abort();
        }
    }
}

/// <summary>Why the gateway ends a stream. Part of the API.</summary>
internal static class EndReasons
{
    /// <summary>The credential has expired: get another one and come back.</summary>
    public const string Expired = "expired";

    /// <summary>The key was deleted, or the app.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The client does not read.</summary>
    public const string Slow = "slow";

    /// <summary>The gateway stops: come back in a moment.</summary>
    public const string Stopping = "stopping";

    /// <summary>The history cannot be read now: come back in a moment.</summary>
    public const string Unavailable = "unavailable";
}
