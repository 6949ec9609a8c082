using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;

namespace PushGateway.Storage.Audiences;

/// <summary>The devices that an event expired for, out of its receipts: nothing is kept of them beside those.</summary>
internal static class ExpiredDevices
{
    /// <summary>
    /// Devices of a shard that are looked up one by one; with more, all devices of the shard are walked in their order and the others left out. A page looks
    /// them all up, so the cost of a few among millions stays theirs, and that of millions stays that of an audience of everybody.
    /// </summary>
    public const int MaxLookedUp = 4_000;

    internal const string FindEvent = "SELECT EventKey FROM Events WHERE EventId = ?1 AND AppKey = ?2";

    internal const string Pages = "SELECT Receipts FROM OutcomePages WHERE Shard = ?1 AND EventKey = ?2 ORDER BY PageNumber";

    internal const string SubscriberOf = "SELECT SubscriberKey FROM Devices WHERE DeviceKey = ?1 AND Shard = ?2 AND AppKey = ?3";

    internal static readonly string Counts =
        $"SELECT Shard, Expired FROM FanOutShards WHERE Shard IN ({string.Join(',', Enumerable.Range(0, Shard.Count))}) AND EventKey = ?1 AND Expired > 0";

    /// <param name="shards">Those with at least one of them are added.</param>
    /// <returns>How many there were.</returns>
    public static long Count(StoreSession session, int appKey, string eventId, SortedSet<int> shards)
    {
        if (FindKey(session, appKey, eventId) is not { } eventKey)
        {
            return 0;
        }

        var expired = 0L;
        if (SolePage.ReadReceipts(session, eventKey) is { } sole)
        {
            expired = Of(sole.Receipts).LongCount();
            if (expired > 0)
            {
                shards.Add(sole.Shard);
            }

            return expired;
        }

        var row = session.Statement(Counts).Bind(1, eventKey);
        while (row.Step())
        {
            shards.Add(row.Int32(0));
            expired += row.Int64(1);
        }

        row.Reset();
        return expired;
    }

    /// <returns>Keys of devices, ascending, each once; at most as many as the shard has receipts.</returns>
    public static long[] Read(StoreSession session, int appKey, int shard, string eventId)
    {
        if (FindKey(session, appKey, eventId) is not { } eventKey)
        {
            return [];
        }

        if (SolePage.ReadReceipts(session, eventKey) is { } sole)
        {
            return sole.Shard == shard ? [.. Of(sole.Receipts).Distinct().Order()] : [];
        }

        var keys = new List<long>();
        var row = session.Walk(Pages).Bind(1, shard).Bind(2, eventKey);
        while (row.Step())
        {
            keys.AddRange(Of(row.Bytes(0).ToArray()));
        }

        row.Reset();
        return [.. keys.Distinct().Order()];
    }

    /// <summary>Where those that are still in the shard stand, in the order in which an audience is read, after the cursor.</summary>
    public static List<AudienceCursor> Locate(StoreSession session, int appKey, int shard, long[] keys, AudienceCursor after)
    {
        var places = new List<AudienceCursor>(keys.Length);
        foreach (var key in keys)
        {
            if (session.Statement(SubscriberOf).Bind(1, key).Bind(2, shard).Bind(3, appKey).ScalarInt64() is { } subscriberKey &&
                new AudienceCursor(subscriberKey, key) is var place && !place.IsUpTo(after))
            {
                places.Add(place);
            }
        }

        places.Sort(static (left, right) => (left.SubscriberKey, left.DeviceKey).CompareTo((right.SubscriberKey, right.DeviceKey)));
        return places;
    }

    private static long? FindKey(StoreSession session, int appKey, string eventId) =>
        session.Statement(FindEvent).Bind(1, eventId).Bind(2, appKey).ScalarInt64();

    private static IEnumerable<long> Of(byte[] receipts) =>
        ReceiptBlob.Read(receipts).Where(section => section.Outcome == ReceiptOutcome.Expired).SelectMany(section => section.DeviceKeys);
}
