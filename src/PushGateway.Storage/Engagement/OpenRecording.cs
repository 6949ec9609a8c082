using PushGateway.Core.Engagement;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Engagement;

/// <summary>The rows of what was opened: a device and event at a time, and their number.</summary>
internal static class OpenRecording
{
    internal const string FindEvent = "SELECT EventKey FROM Events WHERE EventId = ?1 AND AppKey = ?2";

    internal const string FindDevice =
        "SELECT d.DeviceKey, s.SubscriberId FROM Devices d CROSS JOIN Subscribers s ON s.SubscriberKey = d.SubscriberKey WHERE d.AppKey = ?1 AND d.DeviceId = ?2";

    private const string AddDevice = "INSERT INTO OpenedDevices (EventKey, DeviceKey) VALUES (?1, ?2) ON CONFLICT (EventKey, DeviceKey) DO NOTHING";

    private const string AddCount =
        "INSERT INTO EventOpens (EventKey, Opened) VALUES (?1, ?2) ON CONFLICT (EventKey) DO UPDATE SET Opened = EventOpens.Opened + excluded.Opened";

    private const string FindCount = "SELECT Opened FROM EventOpens WHERE EventKey = ?1";

    private const string DeleteCount = "DELETE FROM EventOpens WHERE EventKey = ?1";

    internal const string DeleteDevices =
        "DELETE FROM OpenedDevices WHERE (EventKey, DeviceKey) IN (SELECT EventKey, DeviceKey FROM OpenedDevices WHERE EventKey = ?1 LIMIT ?2)";

    internal const string DeleteOfDevice =
        "DELETE FROM OpenedDevices WHERE (EventKey, DeviceKey) IN (SELECT EventKey, DeviceKey FROM OpenedDevices WHERE DeviceKey = ?1 LIMIT ?2)";

    public static IReadOnlyList<OpenStatus> Record(WriteSession session, int appKey, string? subscriberId, IReadOnlyList<OpenedNotification> opened)
    {
        var statuses = new OpenStatus[opened.Count];
        var events = new Dictionary<string, long?>(StringComparer.Ordinal);
        var counted = new Dictionary<long, long>();
        for (var index = 0; index < statuses.Length; index++)
        {
            var (eventId, deviceId) = opened[index];
            if (!events.TryGetValue(eventId, out var eventKey))
            {
                events[eventId] = eventKey = session.Statement(FindEvent).Bind(1, eventId).Bind(2, appKey).ScalarInt64();
            }

            statuses[index] = eventKey is not { } key ? OpenStatus.UnknownEvent
                : Find(session, appKey, subscriberId, deviceId) is not { } deviceKey ? OpenStatus.UnknownDevice
                : session.Statement(AddDevice).Bind(1, key).Bind(2, deviceKey).Execute() > 0 ? OpenStatus.Counted
                : OpenStatus.Repeated;
            if (statuses[index] == OpenStatus.Counted)
            {
                counted[eventKey!.Value] = counted.GetValueOrDefault(eventKey.Value) + 1;
            }
        }

        foreach (var (eventKey, count) in counted)
        {
            session.Statement(AddCount).Bind(1, eventKey).Bind(2, count).Execute();
        }

        return statuses;
    }

    public static long Count(StoreSession session, long eventKey) => session.Statement(FindCount).Bind(1, eventKey).ScalarInt64() ?? 0;

    /// <summary>Removes what there is of an event, some rows at a time.</summary>
    /// <returns>How many rows were removed; when fewer than asked for, all are gone.</returns>
    public static int Remove(WriteSession session, long eventKey, int rows)
    {
        if (Count(session, eventKey) == 0)
        {
            return 0;
        }

        var removed = session.Statement(DeleteDevices).Bind(1, eventKey).Bind(2, rows).Execute();
        if (removed < rows)
        {
            removed += session.Statement(DeleteCount).Bind(1, eventKey).Execute();
        }

        return removed;
    }

    /// <summary>Removes what was opened on a device, some rows at a time. The events' numbers stay as they were counted.</summary>
    /// <returns>How many rows were removed; when fewer than asked for, all are gone.</returns>
    public static int RemoveOfDevice(WriteSession session, long deviceKey, int rows) => session.Statement(DeleteOfDevice).Bind(1, deviceKey).Bind(2, rows).Execute();

    private static long? Find(WriteSession session, int appKey, string? subscriberId, string deviceId)
    {
        var row = session.Statement(FindDevice).Bind(1, appKey).Bind(2, deviceId);
        long? found = row.Step() && (subscriberId is null || row.Text(1) == subscriberId) ? row.Int64(0) : null;
        row.Reset();
        return found;
    }
}
