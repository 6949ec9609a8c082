using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;

namespace PushGateway.Storage.Events;

/// <summary>Reads receipts out of the page rows and finds the ids behind their device keys, also of devices removed since.</summary>
internal static class ReceiptReader
{
    // A rare outcome in a large event must not keep one reader busy for long: the listing goes on with the cursor, if with few items.
    private const int MaxPagesLookedAt = 1_000;

    // An event that ended with its first page has no row for it, and no other page.
    private const int SolePageNumber = 1;

    private const string PagesFrom =
        "SELECT PageNumber, RecordedAtMs, Receipts FROM OutcomePages WHERE Shard = ?1 AND EventKey = ?2 AND PageNumber >= ?3 ORDER BY PageNumber";

    private const string PresentId = "SELECT DeviceId FROM Devices WHERE DeviceKey = ?1";

    private const string RemovedId = "SELECT DeviceId FROM RemovedDevices WHERE Shard = ?1 AND AppKey = ?2 AND DeviceKey = ?3";

    private const string KeysOfDevice =
        "SELECT Shard, DeviceKey FROM Devices WHERE AppKey = ?1 AND DeviceId = ?2 " +
        "UNION ALL SELECT Shard, DeviceKey FROM RemovedDevices WHERE AppKey = ?1 AND DeviceId = ?2";

    public static ReceiptPage List(StoreSession session, EventRecord record, ReceiptOutcome? outcome, int limit, ReceiptCursor from)
    {
        var items = new List<Receipt>(Math.Min(limit, 1_000));
        if (SolePage.ReadReceipts(session, record.Key) is { } sole)
        {
            return new ReceiptPage(items, Take(sole.Shard, SolePageNumber, sole.RecordedAt, sole.Receipts)?.ToString());
        }

        var pages = 0;
        for (var shard = from.Shard; shard < Shard.Count; shard++)
        {
            var row = session.Walk(PagesFrom).Bind(1, shard).Bind(2, record.Key).Bind(3, shard == from.Shard ? from.PageNumber : 0);
            while (row.Step())
            {
                var pageNumber = row.Int32(0);
                if (pages++ == MaxPagesLookedAt)
                {
                    return new ReceiptPage(items, new ReceiptCursor(shard, pageNumber, 0).ToString());
                }

                if (Take(shard, pageNumber, DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(1)), row.Bytes(2).ToArray()) is { } next)
                {
                    return new ReceiptPage(items, next.ToString());
                }
            }
        }

        return new ReceiptPage(items, null);

        // Where the next listing begins, when there is more than it may have.
        ReceiptCursor? Take(int shard, int pageNumber, DateTimeOffset recordedAt, byte[] receipts)
        {
            var start = shard == from.Shard && pageNumber == from.PageNumber ? from.Index : 0;
            var index = 0;
            foreach (var (section, deviceKey) in Entries(receipts))
            {
                if (index++ < start || section.Outcome == ReceiptOutcome.Pending || (outcome is not null && section.Outcome != outcome))
                {
                    continue;
                }

                if (items.Count == limit)
                {
                    return new ReceiptCursor(shard, pageNumber, index - 1);
                }

                items.Add(new Receipt(
                    FindId(session, record.AppKey, shard, deviceKey), section.Provider, section.Outcome, section.Reason, recordedAt));
            }

            return null;
        }
    }

    public static Receipt? Find(StoreSession session, EventRecord record, string deviceId)
    {
        var keys = new List<(int Shard, long DeviceKey)>();
        var keyRow = session.Statement(KeysOfDevice).Bind(1, record.AppKey).Bind(2, deviceId);
        while (keyRow.Step())
        {
            keys.Add((keyRow.Int32(0), keyRow.Int64(1)));
        }

        Receipt? latest = null;
        if (SolePage.ReadReceipts(session, record.Key) is { } sole)
        {
            Look([.. keys.Where(key => key.Shard == sole.Shard).Select(key => key.DeviceKey)], sole.RecordedAt, sole.Receipts);
            return latest;
        }

        foreach (var group in keys.GroupBy(key => key.Shard, key => key.DeviceKey))
        {
            var row = session.Walk(PagesFrom).Bind(1, group.Key).Bind(2, record.Key).Bind(3, 0);
            while (row.Step())
            {
                Look([.. group], DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(1)), row.Bytes(2).ToArray());
            }
        }

        return latest;

        void Look(long[] deviceKeys, DateTimeOffset recordedAt, byte[] receipts)
        {
            foreach (var section in ReceiptBlob.Read(receipts))
            {
                if (section.Outcome != ReceiptOutcome.Pending && Array.Exists(deviceKeys, key => SortedKeys.Contains(section.DeviceKeys, key)) &&
                    (latest is null || recordedAt >= latest.At))
                {
                    latest = new Receipt(deviceId, section.Provider, section.Outcome, section.Reason, recordedAt);
                }
            }
        }
    }

    /// <param name="keys">Ascending, as the blob keeps them.</param>
    public static bool Contains(IReadOnlyList<long> keys, long key)
    {
        var (low, high) = (0, keys.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (keys[middle] == key)
            {
                return true;
            }

            (low, high) = keys[middle] < key ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    private static IEnumerable<(ReceiptSection Section, long DeviceKey)> Entries(ReadOnlyMemory<byte> blob)
    {
        foreach (var section in ReceiptBlob.Read(blob))
        {
            foreach (var deviceKey in section.DeviceKeys)
            {
                yield return (section, deviceKey);
            }
        }
    }

    // A key is in one of the two tables for as long as a receipt can name it; an app that is being removed may have lost it already.
    private static string FindId(StoreSession session, int appKey, int shard, long deviceKey)
    {
        var row = session.Statement(PresentId).Bind(1, deviceKey);
        if (row.Step())
        {
            return row.Text(0);
        }

        row = session.Statement(RemovedId).Bind(1, shard).Bind(2, appKey).Bind(3, deviceKey);
        return row.Step() ? row.Text(0) : string.Empty;
    }
}
