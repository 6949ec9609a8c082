using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.Nodes;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.Retention;

/// <summary>Removes, once a day, devices that have not registered for <see cref="StorageOptions.DeviceExpiry"/>.</summary>
/// <remarks>
/// Shard after shard, of those that this gateway dispatches, in small steps with a pause between them. Which shards have been walked to their end is durable: a restart repeats a shard at most.
/// </remarks>
internal sealed class DeviceExpiryWorker(
    StoreWriter writer, ReadPool reads, IShardLeases leases, WebhookOutbox outbox, IOptions<StorageOptions> options, TimeProvider timeProvider,
    ILogger<DeviceExpiryWorker> logger) : StoreSweep(timeProvider), IDeviceExpiry
{
    internal static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>How often a shard is walked.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromDays(1);

    // A start has better things to do.
    private static readonly TimeSpan s_afterStart = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(30);

    // Rows that the walk looks at in one read: some milliseconds.
    private const int RowsPerRead = 5_000;

    // A removal changes a dozen places; also what one notice names.
    private const int RemovedPerStep = 200;

    // Shards are marked as walked together, unless they are long.
    private const int RowsPerMark = 200_000;

    private readonly TimeProvider _timeProvider = timeProvider;
    private bool _hasWaited;
    private long _removed;

    public long Removed => Interlocked.Read(ref _removed);

    /// <summary>Between two steps.</summary>
    internal TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Walks all shards of this gateway whose time has come.</summary>
    /// <returns>How many devices were removed.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take changes now; the shard is walked again.</exception>
    internal async Task<long> ExpireAsync(CancellationToken cancellationToken)
    {
        if (options.Value.DeviceExpiry == TimeSpan.Zero)
        {
            return 0;
        }

        var nowMs = _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var passes = await reads.ReadAsync(DeviceExpiry.ReadPasses, cancellationToken).ConfigureAwait(false);
        var passed = new List<int>();
        var (removed, walked) = (0L, 0L);
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            // A pass that seems to come from the future was before the clock was set back.
            if (!leases.Held.Holds(shard) || (passes.TryGetValue(shard, out var passedMs) && passedMs <= nowMs && nowMs - passedMs < (long)Period.TotalMilliseconds))
            {
                continue;
            }

            var (gone, rows) = await ExpireAsync(shard, nowMs - (long)options.Value.DeviceExpiry.TotalMilliseconds, cancellationToken).ConfigureAwait(false);
            (removed, walked) = (removed + gone, walked + rows);
            passed.Add(shard);
            if (walked >= RowsPerMark)
            {
                await MarkAsync(passed, cancellationToken).ConfigureAwait(false);
                walked = 0;
            }
        }

        await MarkAsync(passed, cancellationToken).ConfigureAwait(false);
        if (removed > 0)
        {
            StorageLog.DevicesExpired(logger, removed, options.Value.DeviceExpiry.TotalDays);
        }

        return removed;
    }

    protected override async Task<TimeSpan> SweepAsync(CancellationToken cancellationToken)
    {
        if (!_hasWaited)
        {
            _hasWaited = true;
            return s_afterStart;
        }

        try
        {
            await ExpireAsync(cancellationToken).ConfigureAwait(false);
            return Interval;
        }
        catch (StoreUnavailableException problem)
        {
            StorageLog.ExpiryFailed(logger, s_retryAfter.TotalSeconds, problem);
            return s_retryAfter;
        }
    }

    private async Task<(long Removed, long Rows)> ExpireAsync(int shard, long beforeMs, CancellationToken cancellationToken)
    {
        var (removed, rows) = (0L, 0L);
        DevicePlace? place = default(DevicePlace);
        while (place is { } after)
        {
            var (found, next) = await reads.ReadAsync(session => DeviceExpiry.Find(session, shard, after, beforeMs, RowsPerRead), cancellationToken).ConfigureAwait(false);
            foreach (var ofApp in found.GroupBy(device => device.Place.AppKey))
            {
                foreach (var some in ofApp.Chunk(RemovedPerStep))
                {
                    var gone = await writer.RunAsync(session => DeviceExpiry.Remove(session, shard, ofApp.Key, some, outbox), cancellationToken, mayWait: true)
                        .ConfigureAwait(false);
                    Interlocked.Add(ref _removed, gone);
                    removed += gone;
                    await Task.Delay(Pause, _timeProvider, cancellationToken).ConfigureAwait(false);
                }
            }

            rows += RowsPerRead;
            if (next is not null)
            {
                await Task.Delay(Pause, _timeProvider, cancellationToken).ConfigureAwait(false);
            }

            place = next;
        }

        return (removed, rows);
    }

    private async Task MarkAsync(List<int> passed, CancellationToken cancellationToken)
    {
        if (passed.Count > 0)
        {
            int[] shards = [.. passed];
            await writer.RunAsync(session => Array.ForEach(shards, shard => DeviceExpiry.MarkPassed(session, shard)), cancellationToken, mayWait: true).ConfigureAwait(false);
            passed.Clear();
        }
    }
}
