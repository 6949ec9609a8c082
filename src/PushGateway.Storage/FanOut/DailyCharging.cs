using PushGateway.Core.FanOut;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.FanOut;

/// <summary>Keeps which events each subscriber was charged for on a day: one row for a block of neighbouring subscribers, not one for each.</summary>
internal static class DailyCharging
{
    // Of 4,096 consecutive keys a shard has 64: a page of a large audience meets each of its blocks with many subscribers, and one of a
    // sparse audience does not have much to read for the one it is about.
    private const int BlockBits = 12;

    private const string Find = "SELECT Charges FROM DailyCharges WHERE Shard = ?1 AND Day = ?2 AND AppKey = ?3 AND Block = ?4";

    private const string Put =
        "INSERT INTO DailyCharges (Shard, Day, AppKey, Block, Charges) VALUES (?1, ?2, ?3, ?4, ?5) " +
        "ON CONFLICT (Shard, Day, AppKey, Block) DO UPDATE SET Charges = excluded.Charges";

    public static Dictionary<long, IReadOnlyList<long>> Read(
        StoreSession session, int appKey, int shard, int day, IReadOnlyList<long> subscriberKeys)
    {
        var found = new Dictionary<long, IReadOnlyList<long>>();
        foreach (var (block, first, count) in Blocks(subscriberKeys))
        {
            var charges = ReadBlock(session, appKey, shard, day, block);
            for (var index = first; charges.Count > 0 && index < first + count; index++)
            {
                if (charges.TryGetValue(subscriberKeys[index], out var charged))
                {
                    found[subscriberKeys[index]] = charged;
                }
            }
        }

        return found;
    }

    /// <summary>Charging twice for the same event changes nothing.</summary>
    public static void Add(WriteSession session, int appKey, int shard, long eventKey, DailyCharges added)
    {
        foreach (var (block, first, count) in Blocks(added.SubscriberKeys))
        {
            var charges = ReadBlock(session, appKey, shard, added.Day, block);
            for (var index = first; index < first + count; index++)
            {
                var subscriberKey = added.SubscriberKeys[index];
                if (!charges.TryGetValue(subscriberKey, out var charged))
                {
                    charges[subscriberKey] = charged = [];
                }

                if (!charged.Contains(eventKey))
                {
                    charged.Add(eventKey);
                }
            }

            session.Statement(Put).Bind(1, shard).Bind(2, added.Day).Bind(3, appKey).Bind(4, block).BindBlob(5, ChargesBlob.Write(charges)).Execute();
        }
    }

    /// <summary>Takes a subscriber out of the days that are kept.</summary>
    public static void Forget(WriteSession session, int appKey, int shard, long subscriberKey)
    {
        var today = (int)(session.NowMs / (long)TimeSpan.FromDays(1).TotalMilliseconds);
        for (var day = today - 1; day <= today + 1; day++)
        {
            var charges = ReadBlock(session, appKey, shard, day, subscriberKey >> BlockBits);
            if (charges.Remove(subscriberKey))
            {
                session.Statement(Put).Bind(1, shard).Bind(2, day).Bind(3, appKey).Bind(4, subscriberKey >> BlockBits).BindBlob(5, ChargesBlob.Write(charges)).Execute();
            }
        }
    }

    private static SortedDictionary<long, List<long>> ReadBlock(StoreSession session, int appKey, int shard, int day, long block)
    {
        var row = session.Statement(Find).Bind(1, shard).Bind(2, day).Bind(3, appKey).Bind(4, block);
        var charges = row.Step() ? ChargesBlob.Read(row.Bytes(0)) : [];
        row.Reset();
        return charges;
    }

    /// <param name="subscriberKeys">Ascending.</param>
    private static IEnumerable<(long Block, int First, int Count)> Blocks(IReadOnlyList<long> subscriberKeys)
    {
        for (var first = 0; first < subscriberKeys.Count;)
        {
            var (block, next) = (subscriberKeys[first] >> BlockBits, first + 1);
            while (next < subscriberKeys.Count && subscriberKeys[next] >> BlockBits == block)
            {
                next++;
            }

            yield return (block, first, next - first);
            first = next;
        }
    }
}
