using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.FanOut;

/// <summary>Reads where the shards of an event stand, and sums them up.</summary>
internal static class FanOutReader
{
    private static readonly string s_shards =
        "SELECT Shard, Provider, CursorSubscriberKey, CursorDeviceKey, IsRead, Accepted, Unregistered, Rejected, Expired, Cancelled, Pending, " +
        "Attempts, Reasons, CASE WHEN Pending = 0 THEN NULL ELSE (SELECT min(d.DueAtMs) FROM Deferred d " +
        "WHERE d.EventKey = f.EventKey AND d.Shard = f.Shard AND d.Provider = f.Provider) END, " +
        "CASE WHEN Pending = 0 THEN NULL ELSE (SELECT w.DueAtMs FROM Waits w " +
        "WHERE w.EventKey = f.EventKey AND w.Shard = f.Shard AND w.Provider = f.Provider ORDER BY w.DueAtMs LIMIT 1) END, Suppressed, BegunSubscriberKey, BegunDeviceKey, Live " +
        $"FROM FanOutShards f WHERE f.Shard IN ({string.Join(',', Enumerable.Range(0, Shard.Count))}) AND f.EventKey = ?1";

    /// <returns>By shard, then provider.</returns>
    public static List<FanOutShard> ReadShards(StoreSession session, EventRow eventRow)
    {
        if (eventRow.SoleShard is { } sole)
        {
            return SolePage.ReadShards(eventRow, sole);
        }

        var shards = new List<FanOutShard>();
        var row = session.Statement(s_shards).Bind(1, eventRow.EventKey);
        while (row.Step())
        {
            shards.Add(new FanOutShard
            {
                Shard = row.Int32(0),
                Provider = (ProviderKind)row.Int32(1),
                Cursor = new AudienceCursor(row.Int64(2), row.Int64(3)),
                IsRead = row.Int64(4) != 0,
                ExpiredUnread = row.Int64(4) == PageCommitting.ReadUnsent,
                Counts = new OutcomeCounts(row.Int64(5), row.Int64(6), row.Int64(7), row.Int64(8), row.Int64(9), row.Int64(10))
                {
                    Suppressed = row.Int64(15),
                    Live = row.Int64(18),
                },
                Attempts = row.Int64(11),
                Reasons = ReasonsJson.Read(row.Bytes(12)),
                DeferredDueAt = Earlier(row.NullableInt64(13), row.NullableInt64(14)),
                Begun = new AudienceCursor(row.Int64(16), row.Int64(17)),
            });
        }

        row.Reset();
        return shards;
    }

    /// <returns>The earlier of two instants, in Unix milliseconds, of which either or both may be missing.</returns>
    public static DateTimeOffset? Earlier(long? leftMs, long? rightMs) =>
        (leftMs is null || rightMs < leftMs ? rightMs ?? leftMs : leftMs) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    public static EventAccount Sum(IEnumerable<FanOutShard> shards)
    {
        var providers = new Dictionary<ProviderKind, ProviderAccount>();
        var attempts = 0L;
        foreach (var shard in shards)
        {
            attempts += shard.Attempts;
            if (shard.Counts.Targeted > 0)
            {
                var sum = providers.GetValueOrDefault(shard.Provider);
                providers[shard.Provider] = sum is null
                    ? new ProviderAccount(shard.Counts, shard.Reasons)
                    : new ProviderAccount(
                        sum.Counts + shard.Counts, shard.Reasons.Count == 0 ? sum.Reasons : ReasonsJson.Add(sum.Reasons, shard.Reasons));
            }
        }

        return providers.Count == 0 && attempts == 0 ? EventAccount.Empty : new EventAccount(providers, attempts);
    }
}
