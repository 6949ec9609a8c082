using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.FanOut;

/// <summary>
/// Keeps devices whose time has not come, and those of a large event that are to be tried again: one row for those of a page that wait for the same instant.
/// </summary>
internal static class Waiting
{
    public const string Due =
        "SELECT DueAtMs, Number, Provider, StartsAtMs, Taken, Devices, Begun, Attempts FROM Waits " +
        "WHERE Shard = ?1 AND EventKey = ?2 AND DueAtMs <= ?3 AND ((1 << Provider) & ?4) != 0 ORDER BY DueAtMs, Number";

    // As in DeferredReader: the device is gone, for this event, also when it has changed its provider.
    private const string Device =
        "SELECT LastSeenMs, Environment, Token, Locale, TimeZone FROM Devices " +
        "WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4 AND Provider = ?5";

    private const string Insert =
        "INSERT INTO Waits (Shard, EventKey, DueAtMs, Number, Provider, StartsAtMs, Taken, Devices, Attempts) VALUES (?1, ?2, ?3, " +
        "coalesce((SELECT max(Number) FROM Waits WHERE Shard = ?1 AND EventKey = ?2 AND DueAtMs = ?3), 0) + 1, ?4, ?5, 0, ?6, ?7)";

    private const string DevicesAt = "SELECT Devices FROM Waits WHERE Shard = ?1 AND EventKey = ?2 AND DueAtMs = ?3 AND Number = ?4";

    private const string Moved = "SELECT DueAtMs, Number, Devices FROM Waits WHERE Shard = ?1 AND EventKey = ?2 AND Attempts IS NOT NULL";

    private const string Shorten = "UPDATE Waits SET Taken = ?5 WHERE Shard = ?1 AND EventKey = ?2 AND DueAtMs = ?3 AND Number = ?4";

    private const string MarkBegun = "UPDATE Waits SET Begun = ?5 WHERE Shard = ?1 AND EventKey = ?2 AND DueAtMs = ?3 AND Number = ?4";

    // Those that wait for a time of day wait for what the clock says. No number is one that another row has where it comes to.
    private const string Repeats =
        "UPDATE Waits SET DueAtMs = DueAtMs - ?2, Number = Number + (SELECT max(w.Number) FROM Waits w WHERE w.Shard = ?1) " +
        "WHERE Shard = ?1 AND DueAtMs > ?3 AND Attempts IS NOT NULL";

    private const string Delete = "DELETE FROM Waits WHERE Shard = ?1 AND EventKey = ?2 AND DueAtMs = ?3 AND Number = ?4";

    public static void Commit(WriteSession session, PageCommit commit)
    {
        foreach (var taken in commit.TakenWaits)
        {
            if (!TryFind(session, commit.Shard, commit.EventKey, taken, out var place))
            {
                continue;
            }

            if (taken.IsEmpty)
            {
                At(session, Delete, commit.Shard, commit.EventKey, place).Execute();
            }
            else
            {
                At(session, Shorten, commit.Shard, commit.EventKey, place).Bind(5, taken.Taken).Execute();
            }
        }

        foreach (var waiting in commit.Waits)
        {
            session.Statement(Insert)
                .Bind(1, commit.Shard).Bind(2, commit.EventKey).Bind(3, waiting.DueAt.ToUnixTimeMilliseconds()).Bind(4, (int)waiting.Provider)
                .Bind(5, waiting.StartsAt?.ToUnixTimeMilliseconds()).BindBlob(6, WaitBlob.Write(waiting.Devices))
                .Bind(7, waiting.Attempts)
                .Execute();
        }
    }

    /// <summary>Notes that those of the page are about to be sent; its commit takes them out.</summary>
    public static void NoteBegun(WriteSession session, PageBegun page)
    {
        foreach (var taken in page.Waits)
        {
            if (TryFind(session, page.Shard, page.EventKey, taken, out var place))
            {
                At(session, MarkBegun, page.Shard, page.EventKey, place).Bind(5, taken.Taken).Execute();
            }
        }
    }

    /// <summary>Brings those of the shard that are to be tried again nearer: the clock was set back.</summary>
    public static void BringForward(WriteSession session, int shard, long stepMs, long nowMs) =>
        session.Statement(Repeats).Bind(1, shard).Bind(2, stepMs).Bind(3, nowMs).Execute();

    /// <returns>Whether no further device of the page's kind is due.</returns>
    public static bool Read(
        StoreSession session, AudienceQuery query, long eventKey, int shard, ProviderSet providers, long dueAtMs, AudiencePage page)
    {
        var row = session.Walk(Due).Bind(1, shard).Bind(2, eventKey).Bind(3, dueAtMs).Bind(4, (int)providers);
        while (row.Step())
        {
            DateTimeOffset? startsAt = row.NullableInt64(3) is { } startsAtMs ? DateTimeOffset.FromUnixTimeMilliseconds(startsAtMs) : null;
            if (page.IsFull || (page.Count > 0 && startsAt != page.StartsAt))
            {
                return false;
            }

            page.StartsAt = startsAt;
            var provider = (ProviderKind)row.Int32(2);
            var devices = WaitBlob.Read(row.Bytes(5));
            var (taken, begun, attempts) = (row.Int32(4), row.Int32(6), (int)(row.NullableInt64(7) ?? 0));
            for (; taken < devices.Length && !page.IsFull; taken++)
            {
                Add(session, query, shard, provider, devices[taken], attempts, taken < begun, page);
            }

            page.Waits.Add(new TakenWait(row.Int64(0), row.Int32(1), devices[^1], taken, taken == devices.Length));
        }

        return true;
    }

    private static void Add(
        StoreSession session, AudienceQuery query, int shard, ProviderKind provider, AudienceCursor key, int attempts, bool isBegun, AudiencePage page)
    {
        var row = session.Statement(Device)
            .Bind(1, shard).Bind(2, query.AppKey).Bind(3, key.SubscriberKey).Bind(4, key.DeviceKey).Bind(5, (int)provider);
        var device = new AudienceRow { SubscriberKey = key.SubscriberKey, DeviceKey = key.DeviceKey, Provider = provider, Attempts = attempts, IsBegun = isBegun };
        if (!row.Step())
        {
            page.Add(device, default);
            return;
        }

        device.LastSeenMs = row.Int64(0);
        device.Environment = (DeviceEnvironment)row.Int32(1);
        device.Variant = query.Variants.Resolve(row.Bytes(3));
        device.Zone = query.Zones?.Resolve(row.Bytes(4)) ?? 0;
        page.Add(device, row.Bytes(2));
    }

    /// <summary>Finds a row that a page was filled from. The clock may have been set back while the page was under way; then it is elsewhere, and another may be where it was.</summary>
    /// <returns><see langword="false"/> when it is gone, with its app.</returns>
    private static bool TryFind(WriteSession session, int shard, long eventKey, in TakenWait taken, out (long DueAtMs, int Number) place)
    {
        place = (taken.DueAtMs, taken.Number);
        var row = At(session, DevicesAt, shard, eventKey, place);
        var isThere = row.Step() && WaitBlob.Read(row.Bytes(0))[^1] == taken.Last;
        row.Reset();
        if (isThere)
        {
            return true;
        }

        row = session.Statement(Moved).Bind(1, shard).Bind(2, eventKey);
        while (!isThere && row.Step())
        {
            isThere = WaitBlob.Read(row.Bytes(2))[^1] == taken.Last;
            place = (row.Int64(0), row.Int32(1));
        }

        row.Reset();
        return isThere;
    }

    private static StoreStatement At(WriteSession session, string sql, int shard, long eventKey, (long DueAtMs, int Number) place) =>
        session.Statement(sql).Bind(1, shard).Bind(2, eventKey).Bind(3, place.DueAtMs).Bind(4, place.Number);
}
