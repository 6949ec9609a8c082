using System.Globalization;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Events;

/// <summary>Where a history goes on: with this event or older ones, and so many receipts of this one have been given.</summary>
internal readonly record struct HistoryCursor(long EventKey, int Given)
{
    public static HistoryCursor Newest { get; } = new(long.MaxValue, 0);

    /// <exception cref="ArgumentException">The text was not made by <see cref="ToString"/>.</exception>
    public static HistoryCursor Parse(string? text)
    {
        if (text is null)
        {
            return Newest;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var eventKey) &&
            int.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? new HistoryCursor(eventKey, given)
            : throw new ArgumentException("The cursor was not given by a history.", nameof(text));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{EventKey}.{Given}");
}

/// <summary>
/// Reads what an app's events came to for a few devices. A receipt is found by its event and shard, not by its device: so the app's events are walked, newest
/// first, and of each only the pages of those devices' shards are read.
/// </summary>
internal static class HistoryReader
{
    /// <summary>What one page may cost, in rows of events. It is looked at between events: one event's pages are few enough, a thousandth of a 64th of its devices.</summary>
    internal const int MaxWork = 20_000;

    // A page's receipts are read whole and unpacked.
    private const int PageWork = 5;

    internal const string EventsFrom =
        "SELECT EventKey, CreatedAtMs, SoleShard, CompletedAtMs, SoleReceipts FROM Events WHERE AppKey = ?1 AND EventKey <= ?2 ORDER BY EventKey DESC";

    internal const string Pages = "SELECT RecordedAtMs, Receipts FROM OutcomePages WHERE Shard = ?1 AND EventKey = ?2 ORDER BY PageNumber";

    internal const string Content = "SELECT Content FROM Events WHERE EventKey = ?1";

    internal const string KeysOfDevice =
        "SELECT Shard, DeviceKey FROM Devices WHERE AppKey = ?1 AND DeviceId = ?2 " +
        "UNION ALL SELECT Shard, DeviceKey FROM RemovedDevices WHERE AppKey = ?1 AND DeviceId = ?2";

    internal const string KeysOfSubscriber =
        "SELECT d.DeviceKey, d.DeviceId FROM Subscribers s CROSS JOIN Devices d ON d.Shard = s.Shard AND d.AppKey = s.AppKey AND d.SubscriberKey = s.SubscriberKey " +
        "WHERE s.Shard = ?1 AND s.AppKey = ?2 AND s.SubscriberId = ?3";

    /// <returns><see langword="null"/> when there is no such device, and has been none that a receipt could name.</returns>
    public static ReceiptHistoryPage? Read(StoreSession session, int appKey, HistoryOwner owner, int limit, HistoryCursor from, int maxWork)
    {
        var devices = FindDevices(session, appKey, owner);
        if (devices.Count == 0)
        {
            return owner.IsSubscriber ? new ReceiptHistoryPage([], null, null) : null;
        }

        var shards = devices.GroupBy(device => device.Shard).ToDictionary(group => group.Key, group => group.ToDictionary(device => device.Key, device => device.Id));
        var items = new List<HistoryItem>(Math.Min(limit, 100));
        DateTimeOffset? lookedBackTo = null;
        var work = 0;
        var row = session.Walk(EventsFrom).Bind(1, appKey).Bind(2, from.EventKey);
        while (row.Step())
        {
            var eventKey = row.Int64(0);
            if (work >= maxWork || items.Count == limit)
            {
                return new ReceiptHistoryPage(items, lookedBackTo, new HistoryCursor(eventKey, 0).ToString());
            }

            work++;
            lookedBackTo = DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(1));
            var latest = new SortedDictionary<string, Receipt>(StringComparer.Ordinal);
            if (!row.IsNull(2))
            {
                // One shard, and a page of its own only in the event's row; without receipts it has not been sent.
                if (!row.IsNull(4) && shards.TryGetValue(row.Int32(2), out var ids))
                {
                    Look(latest, ids, row.Int64(3), row.Bytes(4).ToArray());
                }
            }
            else
            {
                work += ReadPages(session, eventKey, shards, latest) * PageWork;
            }

            if (latest.Count == 0)
            {
                continue;
            }

            var pushEvent = ReadEvent(session, eventKey);
            var given = eventKey == from.EventKey ? from.Given : 0;
            foreach (var receipt in latest.Values.Skip(given))
            {
                if (items.Count == limit)
                {
                    return new ReceiptHistoryPage(items, lookedBackTo, new HistoryCursor(eventKey, given).ToString());
                }

                items.Add(new HistoryItem(pushEvent, receipt));
                given++;
            }
        }

        return new ReceiptHistoryPage(items, lookedBackTo, null);
    }

    private static List<(int Shard, long Key, string Id)> FindDevices(StoreSession session, int appKey, HistoryOwner owner)
    {
        var devices = new List<(int, long, string)>();
        if (owner.IsSubscriber)
        {
            var shard = Shard.Of(owner.Id);
            var owned = session.Statement(KeysOfSubscriber).Bind(1, shard).Bind(2, appKey).Bind(3, owner.Id);
            while (owned.Step())
            {
                devices.Add((shard, owned.Int64(0), owned.Text(1)));
            }

            return devices;
        }

        var row = session.Statement(KeysOfDevice).Bind(1, appKey).Bind(2, owner.Id);
        while (row.Step())
        {
            devices.Add((row.Int32(0), row.Int64(1), owner.Id));
        }

        return devices;
    }

    /// <returns>How many pages there were.</returns>
    private static int ReadPages(StoreSession session, long eventKey, Dictionary<int, Dictionary<long, string>> shards, SortedDictionary<string, Receipt> latest)
    {
        var pages = 0;
        foreach (var (shard, ids) in shards)
        {
            var row = session.Walk(Pages).Bind(1, shard).Bind(2, eventKey);
            while (row.Step())
            {
                pages++;
                Look(latest, ids, row.Int64(0), row.Bytes(1).ToArray());
            }
        }

        return pages;
    }

    private static void Look(SortedDictionary<string, Receipt> latest, Dictionary<long, string> ids, long recordedAtMs, byte[] receipts)
    {
        var recordedAt = DateTimeOffset.FromUnixTimeMilliseconds(recordedAtMs);
        foreach (var section in ReceiptBlob.Read(receipts))
        {
            foreach (var (key, id) in ids)
            {
                // The one that was recorded last counts: a device that had to wait is named again when its outcome is final.
                if (SortedKeys.Contains(section.DeviceKeys, key) && (!latest.TryGetValue(id, out var known) || IsLater(known, section.Outcome, recordedAt)))
                {
                    latest[id] = new Receipt(id, section.Provider, section.Outcome, section.Reason, recordedAt);
                }
            }
        }
    }

    private static bool IsLater(Receipt known, ReceiptOutcome outcome, DateTimeOffset recordedAt) =>
        known.Outcome == ReceiptOutcome.Pending || (outcome != ReceiptOutcome.Pending && recordedAt >= known.At);

    private static PushEvent ReadEvent(StoreSession session, long eventKey)
    {
        var row = session.Statement(Content).Bind(1, eventKey);
        return row.Step() ? PushEventJson.Deserialize(row.Bytes(0).ToArray()) : throw new InvalidOperationException($"Event {eventKey} has gone while it was read.");
    }
}
