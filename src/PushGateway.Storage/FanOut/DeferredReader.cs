using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.FanOut;

/// <summary>Reads devices that wait for a later attempt.</summary>
internal static class DeferredReader
{
    // In the order of the primary key. The device is gone, for this event, also when it has changed its provider.
    public const string Due =
        "SELECT w.SubscriberKey, w.DeviceKey, w.Provider, w.Attempts, d.LastSeenMs, d.Environment, d.Token, d.Locale, d.TimeZone, w.StartsAtMs, w.IsBegun FROM Deferred w " +
        "LEFT JOIN Devices d ON d.Shard = ?1 AND d.AppKey = ?3 AND d.SubscriberKey = w.SubscriberKey AND d.DeviceKey = w.DeviceKey " +
        "AND d.Provider = w.Provider " +
        "WHERE w.Shard = ?1 AND w.EventKey = ?2 AND w.DueAtMs <= ?4 AND ((1 << w.Provider) & ?5) != 0 ORDER BY w.DeviceKey";

    public const string FirstDue = "SELECT min(DueAtMs) FROM Deferred WHERE EventKey = ?1 AND Shard = ?2 AND Provider = ?3";

    // In the order of the primary key, and so far as the provider's first.
    public const string FirstWait = "SELECT DueAtMs FROM Waits WHERE EventKey = ?1 AND Shard = ?2 AND Provider = ?3 ORDER BY DueAtMs LIMIT 1";

    /// <returns>Whether no further device is due.</returns>
    public static bool Read(
        StoreSession session, AudienceQuery query, long eventKey, int shard, ProviderSet providers, long dueAtMs, AudiencePage page)
    {
        var row = session.Walk(Due)
            .Bind(1, shard).Bind(2, eventKey).Bind(3, query.AppKey).Bind(4, dueAtMs).Bind(5, (int)providers);
        var isLast = true;
        while (row.Step())
        {
            if (page.IsFull)
            {
                return false;
            }

            DateTimeOffset? startsAt = row.NullableInt64(9) is { } startsAtMs ? DateTimeOffset.FromUnixTimeMilliseconds(startsAtMs) : null;
            if (page.Count > 0 && startsAt != page.StartsAt)
            {
                // Another local time: it gets a page of its own.
                isLast = false;
                continue;
            }

            page.StartsAt = startsAt;

            var device = new AudienceRow
            {
                SubscriberKey = row.Int64(0),
                DeviceKey = row.Int64(1),
                Provider = (ProviderKind)row.Int32(2),
                Attempts = row.Int32(3),
                LastSeenMs = row.Int64(4),
                Environment = (DeviceEnvironment)row.Int32(5),
                IsBegun = row.Int32(10) != 0,
                Variant = query.Variants.Resolve(row.Bytes(7)),
                Zone = query.Zones?.Resolve(row.Bytes(8)) ?? 0,
            };
            page.Add(device, row.Bytes(6));
            page.End = new AudienceCursor(device.SubscriberKey, device.DeviceKey);
        }

        return isLast;
    }
}
