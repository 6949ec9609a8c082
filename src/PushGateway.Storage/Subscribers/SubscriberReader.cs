using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Subscribers;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Events;

namespace PushGateway.Storage.Subscribers;

/// <summary>Reads what is kept of one subscriber.</summary>
internal static class SubscriberReader
{
    internal const string RemovedDevices =
        "SELECT DeviceKey, DeviceId, Provider, Token, Reason, RemovedAtMs FROM RemovedDevices WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 ORDER BY DeviceKey";

    internal const string Events =
        "SELECT EventKey, EventId, CreatedAtMs, SoleShard, CompletedAtMs, SoleReceipts FROM Events WHERE AppKey = ?1 AND EventKey < ?2 ORDER BY EventKey DESC LIMIT ?3";

    internal const string Pages = "SELECT RecordedAtMs, Receipts FROM OutcomePages WHERE Shard = ?1 AND EventKey = ?2 ORDER BY PageNumber";

    internal const string Opened =
        "SELECT o.EventKey, e.EventId FROM OpenedDevices o LEFT JOIN Events e ON e.EventKey = o.EventKey AND e.AppKey > 0 " +
        "WHERE o.DeviceKey = ?1 AND o.EventKey > ?2 ORDER BY o.EventKey LIMIT ?3";

    private const string FindContent = "SELECT Content FROM Events WHERE EventKey = ?1";

    private const string FindKey = "SELECT SubscriberKey FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3";

    private const string Keys = "SELECT DeviceKey, DeviceId FROM Devices WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3";

    internal static IEnumerable<string> All => [RemovedDevices, Events, Pages, Opened];

    public static SubscriberRecord? Find(StoreSession session, DeviceReader devices, int appKey, string subscriberId)
    {
        var shard = Shard.Of(subscriberId);
        if (session.Statement(FindKey).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).ScalarInt64() is not { } key)
        {
            return null;
        }

        var ids = new Dictionary<long, string>();
        var row = session.Statement(Keys).Bind(1, shard).Bind(2, appKey).Bind(3, key);
        while (row.Step())
        {
            ids[row.Int64(0)] = row.Text(1);
        }

        row.Reset();
        var removed = new List<RemovedDevice>();
        row = session.Statement(RemovedDevices).Bind(1, shard).Bind(2, appKey).Bind(3, key);
        while (row.Step())
        {
            ids[row.Int64(0)] = row.Text(1);
            removed.Add(new RemovedDevice(row.Text(1), (ProviderKind)row.Int32(2), row.Text(3), row.Text(4), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5))));
        }

        row.Reset();

        // Where the phone went on to somebody else, and the token with it, that one is not this person's; after a sign-out it says nothing of why.
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        for (var index = 0; index < removed.Count; index++)
        {
            var device = removed[index];
            TokenHash.Compute(device.Provider, device.Token, hash);
            if (device.Reason is RemovalReasons.Moved or RemovalReasons.TokenMoved || StoredDevice.FindByToken(session, appKey, device.Provider, hash) is not null)
            {
                removed[index] = device with { Token = DeviceToken.Mask(device.Token) };
            }
        }

        return new SubscriberRecord
        {
            AppKey = appKey,
            Key = key,
            Id = subscriberId,
            Devices = devices.ListBySubscriber(session, appKey, subscriberId),
            Channels = DeviceReader.ListChannels(session, appKey, subscriberId),
            Removed = removed,
            DeviceIds = ids,
        };
    }

    /// <returns>What there is of so many events, and before which to go on; <see langword="null"/> when there are no more.</returns>
    public static (List<SentNotification> Found, long? Before) ReadSent(StoreSession session, SubscriberRecord subscriber, long before, int events)
    {
        var shard = Shard.Of(subscriber.Id);
        var read = new List<(long Key, string Id, long AtMs, int? SoleShard, long? CompletedAtMs, byte[] Receipts)>(events);
        var row = session.Statement(Events).Bind(1, subscriber.AppKey).Bind(2, before).Bind(3, events);
        while (row.Step())
        {
            read.Add((row.Int64(0), row.Text(1), row.Int64(2), (int?)row.NullableInt64(3), row.NullableInt64(4), row.IsNull(5) ? [] : row.Bytes(5).ToArray()));
        }

        row.Reset();
        var found = new List<SentNotification>();
        foreach (var item in read)
        {
            var type = (string?)null;
            if (item.SoleShard is { } sole)
            {
                if (sole == shard && item.Receipts.Length > 0)
                {
                    Add(item.Key, item.Id, ref type, item.AtMs, item.CompletedAtMs ?? item.AtMs, item.Receipts);
                }

                continue;
            }

            var page = session.Walk(Pages).Bind(1, shard).Bind(2, item.Key);
            while (page.Step())
            {
                Add(item.Key, item.Id, ref type, item.AtMs, page.Int64(0), page.Bytes(1).ToArray());
            }

            page.Reset();
        }

        return (found, read.Count < events ? null : read[^1].Key);

        void Add(long eventKey, string eventId, ref string? type, long publishedAtMs, long recordedAtMs, byte[] receipts)
        {
            foreach (var section in ReceiptBlob.Read(receipts))
            {
                if (section.Outcome == ReceiptOutcome.Pending)
                {
                    continue;
                }

                foreach (var (deviceKey, deviceId) in subscriber.DeviceIds)
                {
                    if (ReceiptReader.Contains(section.DeviceKeys, deviceKey))
                    {
                        type ??= ReadType(session, eventKey);
                        found.Add(new SentNotification(
                            eventId, type, DateTimeOffset.FromUnixTimeMilliseconds(publishedAtMs), deviceId, section.Provider, section.Outcome, section.Reason,
                            DateTimeOffset.FromUnixTimeMilliseconds(recordedAtMs)));
                    }
                }
            }
        }
    }

    // In the event's content, which is read only of events that were for the subscriber.
    private static string ReadType(StoreSession session, long eventKey)
    {
        var row = session.Statement(FindContent).Bind(1, eventKey);
        var type = row.Step() ? PushEventJson.Deserialize(row.Bytes(0)).Type : string.Empty;
        row.Reset();
        return type;
    }

    /// <returns>Ids of events, and after which key to go on; <see langword="null"/> when there are no more.</returns>
    public static (List<string> Found, long? After) ReadOpened(StoreSession session, long deviceKey, long after, int limit)
    {
        var found = new List<string>();
        var (rows, last) = (0, after);
        var row = session.Statement(Opened).Bind(1, deviceKey).Bind(2, after).Bind(3, limit);
        while (row.Step())
        {
            (rows, last) = (rows + 1, row.Int64(0));
            if (row.NullableText(1) is { } eventId)
            {
                found.Add(eventId);
            }
        }

        row.Reset();
        return (found, rows < limit ? null : last);
    }
}
