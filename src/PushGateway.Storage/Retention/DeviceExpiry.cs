using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Removals;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.Retention;

/// <summary>Where in a shard's devices a walk stands.</summary>
internal readonly record struct DevicePlace(int AppKey, long SubscriberKey, long DeviceKey);

/// <summary>A device that has not been seen for long, as the walk met it.</summary>
internal readonly record struct UnseenDevice(DevicePlace Place, long LastSeenMs);

/// <summary>Finds and removes devices that have not registered for long.</summary>
/// <remarks>
/// A walk in the order of the table, once a day: an index by last-seen time would be rewritten by every registration, to be asked once. Found on a reader, removed on the writer, and only what
/// has not registered in between.
/// </remarks>
internal static class DeviceExpiry
{
    internal const string Walk =
        "SELECT AppKey, SubscriberKey, DeviceKey, LastSeenMs FROM Devices WHERE Shard = ?1 AND (AppKey, SubscriberKey, DeviceKey) > (?2, ?3, ?4) " +
        "ORDER BY AppKey, SubscriberKey, DeviceKey LIMIT ?5";

    private const string LastPasses = "SELECT Shard, PassedAtMs FROM DeviceExpiries";

    private const string Pass =
        "INSERT INTO DeviceExpiries (Shard, PassedAtMs) VALUES (?1, ?2) ON CONFLICT (Shard) DO UPDATE SET PassedAtMs = excluded.PassedAtMs";

    private const string IsDeleted = "SELECT 1 FROM Apps WHERE AppKey = ?1 AND DeletedAtMs IS NULL";

    /// <summary>When each shard was last walked to its end, UTC Unix milliseconds.</summary>
    public static Dictionary<int, long> ReadPasses(StoreSession session)
    {
        var passes = new Dictionary<int, long>();
        var row = session.Statement(LastPasses);
        while (row.Step())
        {
            passes[row.Int32(0)] = row.Int64(1);
        }

        row.Reset();
        return passes;
    }

    /// <summary>Looks at so many devices behind a place.</summary>
    /// <returns>Those last seen before a time, and where to go on; <see langword="null"/> at the end of the shard.</returns>
    public static (List<UnseenDevice> Found, DevicePlace? Next) Find(StoreSession session, int shard, DevicePlace after, long beforeMs, int rows)
    {
        var found = new List<UnseenDevice>();
        var (looked, place) = (0, after);
        var row = session.Statement(Walk)
            .Bind(1, shard).Bind(2, after.AppKey).Bind(3, after.SubscriberKey).Bind(4, after.DeviceKey).Bind(5, rows);
        while (row.Step())
        {
            looked++;
            place = new DevicePlace(row.Int32(0), row.Int64(1), row.Int64(2));
            if (row.Int64(3) < beforeMs)
            {
                found.Add(new UnseenDevice(place, row.Int64(3)));
            }
        }

        row.Reset();
        return (found, looked < rows ? null : place);
    }

    /// <summary>Removes those that have not registered since, each recorded so that it can be undone, and tells webhooks.</summary>
    /// <param name="unseen">Of one app.</param>
    /// <returns>How many were removed.</returns>
    public static int Remove(WriteSession session, int shard, int appKey, IReadOnlyList<UnseenDevice> unseen, WebhookOutbox outbox)
    {
        // Of a deleted app: its devices are removed without a trace.
        if (session.Statement(IsDeleted).Bind(1, appKey).ScalarInt64() is null)
        {
            return 0;
        }

        var devices = new DeviceWriter(session, appKey);
        var page = new PageFeedback(appKey, 0, shard, session.NowMs, []);
        var removed = new List<(string DeviceId, ProviderKind Provider, string Reason)>(unseen.Count);
        foreach (var (place, lastSeenMs) in unseen)
        {
            if (StoredDevice.FindByKey(session, shard, appKey, place.SubscriberKey, place.DeviceKey) is not { } device || device.LastSeenMs != lastSeenMs)
            {
                continue;
            }

            devices.Remove(device, RemovalReasons.Stale);
            RemovalRecording.Record(
                session, page, device, new TokenFeedback(place.SubscriberKey, place.DeviceKey, device.Provider, TokenVerdict.Remove, RemovalReasons.Stale, lastSeenMs, 0), RemovalState.Removed);
            removed.Add((device.DeviceId, device.Provider, RemovalReasons.Stale));
        }

        devices.Finish();
        if (removed.Count > 0 && outbox.Wants(appKey, WebhookNotices.DevicesRemoved))
        {
            outbox.AddFor(
                session, appKey, WebhookNotices.DevicesRemoved,
                NoticeJson.DevicesRemoved(eventId: null, DateTimeOffset.FromUnixTimeMilliseconds(session.NowMs), removed));
        }

        return removed.Count;
    }

    /// <summary>The shard has been walked to its end.</summary>
    public static void MarkPassed(WriteSession session, int shard) => session.Statement(Pass).Bind(1, shard).Bind(2, session.NowMs).Execute();
}
