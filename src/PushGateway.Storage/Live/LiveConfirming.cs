using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Live;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Live;

/// <summary>The rows of who has confirmed an event's live message: written for clients, read for pages.</summary>
internal static class LiveConfirming
{
    internal const string Confirmed =
        "SELECT SubscriberKey, DeviceKey FROM LiveConfirmations WHERE Shard = ?1 AND EventKey = ?2 AND SubscriberKey >= ?3 AND SubscriberKey <= ?4";

    internal const string FindDevice =
        "SELECT d.Shard, d.SubscriberKey, d.DeviceKey, s.SubscriberId FROM Devices d CROSS JOIN Subscribers s ON s.SubscriberKey = d.SubscriberKey WHERE d.AppKey = ?1 AND d.DeviceId = ?2";

    internal const string FindSubscriber = "SELECT SubscriberKey FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3";

    internal const string FindEvent = "SELECT EventKey, State, Content FROM Events WHERE EventId = ?1 AND AppKey = ?2";

    private const string Unfinished = "SELECT 1 FROM Events WHERE EventKey = ?1 AND State < 3";

    private const string Add =
        "INSERT INTO LiveConfirmations (Shard, EventKey, SubscriberKey, DeviceKey) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (Shard, EventKey, SubscriberKey, DeviceKey) DO NOTHING";

    /// <summary>Statements that look for something.</summary>
    internal static IEnumerable<string> All => [Confirmed, FindDevice, FindSubscriber, FindEvent];

    /// <returns>The event's key, unless there is no use in recording anything.</returns>
    public static (ConfirmStatus Status, long EventKey) Check(StoreSession session, int appKey, string eventId)
    {
        var row = session.Statement(FindEvent).Bind(1, eventId).Bind(2, appKey);
        if (!row.Step())
        {
            row.Reset();
            return (ConfirmStatus.UnknownEvent, 0);
        }

        var (eventKey, state, pushEvent) = (row.Int64(0), (EventState)row.Int32(1), PushEventJson.Deserialize(row.Bytes(2)));
        row.Reset();
        return (!pushEvent.Options.AwaitsConfirmation ? ConfirmStatus.NotAwaited : state.IsFinal() ? ConfirmStatus.Late : ConfirmStatus.Confirmed, eventKey);
    }

    public static ConfirmStatus Record(WriteSession session, int appKey, long eventKey, string? subscriberId, IReadOnlyList<string>? devices)
    {
        if (session.Statement(Unfinished).Bind(1, eventKey).ScalarInt64() is null)
        {
            return ConfirmStatus.Late;
        }

        if ((devices is null ? FindAll(session, appKey, subscriberId!) : Find(session, appKey, subscriberId, devices)) is not { } places)
        {
            return ConfirmStatus.UnknownDevice;
        }

        foreach (var (shard, place) in places)
        {
            session.Statement(Add).Bind(1, shard).Bind(2, eventKey).Bind(3, place.SubscriberKey).Bind(4, place.DeviceKey).Execute();
        }

        return ConfirmStatus.Confirmed;
    }

    public static HashSet<AudienceCursor> Read(StoreSession session, long eventKey, int shard, long first, long last)
    {
        var confirmed = new HashSet<AudienceCursor>();
        var row = session.Statement(Confirmed).Bind(1, shard).Bind(2, eventKey).Bind(3, first).Bind(4, last);
        while (row.Step())
        {
            confirmed.Add(new AudienceCursor(row.Int64(0), row.Int64(1)));
        }

        row.Reset();
        return confirmed;
    }

    // Who has no device has nothing to be spared.
    private static List<(int Shard, AudienceCursor Place)> FindAll(WriteSession session, int appKey, string subscriberId)
    {
        var shard = Core.Shard.Of(subscriberId);
        return session.Statement(FindSubscriber).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).ScalarInt64() is { } key
            ? [(shard, new AudienceCursor(key, 0))]
            : [];
    }

    private static List<(int Shard, AudienceCursor Place)>? Find(WriteSession session, int appKey, string? subscriberId, IReadOnlyList<string> devices)
    {
        var places = new List<(int, AudienceCursor)>(devices.Count);
        foreach (var device in devices)
        {
            var row = session.Statement(FindDevice).Bind(1, appKey).Bind(2, device);
            if (row.Step() && (subscriberId is null || row.Text(3) == subscriberId))
            {
                places.Add((row.Int32(0), new AudienceCursor(row.Int64(1), row.Int64(2))));
            }

            row.Reset();
        }

        return places.Count == devices.Count ? places : null;
    }
}
