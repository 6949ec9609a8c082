using System.Globalization;
using PushGateway.Core.Removals;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Removals;

/// <summary>Finds removals, newest first.</summary>
internal static class RemovalReader
{
    public const string ById = StoredRemoval.Columns + "WHERE r.AppKey = ?1 AND r.RemovalKey = ?2";

    public const string OfApp = StoredRemoval.Columns + "WHERE r.AppKey = ?1 AND r.RemovalKey < ?2 ORDER BY r.RemovalKey DESC";

    public const string OfDevice =
        StoredRemoval.Columns + "WHERE r.AppKey = ?1 AND r.RemovalKey < ?2 AND r.DeviceId = ?3 ORDER BY r.RemovalKey DESC";

    public const string OfEvent = StoredRemoval.Columns +
        "WHERE r.AppKey = ?1 AND r.RemovalKey < ?2 AND r.EventKey = (SELECT x.EventKey FROM Events x WHERE x.EventId = ?3) ORDER BY r.RemovalKey DESC";

    // The condition of the index, to the letter.
    public const string HeldOfProvider =
        StoredRemoval.Columns + "WHERE r.AppKey = ?1 AND r.RemovalKey < ?2 AND r.Provider = ?3 AND r.State = 2 ORDER BY r.RemovalKey DESC";

    public const string CountHeld = "SELECT count(*) FROM Removals WHERE AppKey = ?1 AND Provider = ?2 AND State = 2";

    // A rare reason among many removals must not keep one reader busy for long.
    private const int MaxRowsLookedAt = 10_000;

    public static StoredRemoval? Find(StoreSession session, int appKey, long id)
    {
        var row = session.Statement(ById).Bind(1, appKey).Bind(2, id);
        var removal = row.Step() ? StoredRemoval.Read(row) : null;
        row.Reset();
        return removal;
    }

    /// <returns>At most <paramref name="limit"/>, and where to go on; <see langword="null"/> when there is no more.</returns>
    public static (List<StoredRemoval> Items, long? Before) List(StoreSession session, int appKey, RemovalFilter filter, long before, int limit)
    {
        var items = new List<StoredRemoval>(Math.Min(limit, 1_000));
        var row = Open(session, appKey, filter, before);
        var (lookedAt, last) = (0, before);
        while (row.Step())
        {
            if (items.Count == limit || lookedAt++ == MaxRowsLookedAt)
            {
                row.Reset();
                return (items, last);
            }

            last = row.Int64(0);
            if (Fits(row, filter))
            {
                items.Add(StoredRemoval.Read(row));
            }
        }

        row.Reset();
        return (items, null);
    }

    /// <exception cref="ArgumentException">The text is no cursor.</exception>
    public static long ParseCursor(string? cursor)
    {
        if (cursor is null)
        {
            return long.MaxValue;
        }

        return long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? before
            : throw new ArgumentException("The cursor was not given by a listing of removals.", nameof(cursor));
    }

    private static StoreStatement Open(StoreSession session, int appKey, RemovalFilter filter, long before) => filter switch
    {
        { DeviceId: { } deviceId } => session.Walk(OfDevice).Bind(1, appKey).Bind(2, before).Bind(3, deviceId),
        { EventId: { } eventId } => session.Walk(OfEvent).Bind(1, appKey).Bind(2, before).Bind(3, eventId),
        { State: RemovalState.Held, Provider: { } provider } => session.Walk(HeldOfProvider).Bind(1, appKey).Bind(2, before).Bind(3, (int)provider),
        _ => session.Walk(OfApp).Bind(1, appKey).Bind(2, before),
    };

    private static bool Fits(StoreStatement row, RemovalFilter filter) =>
        (filter.State is not { } state || row.Int32(1) == (int)state) &&
        (filter.Provider is not { } provider || row.Int32(2) == (int)provider) &&
        (filter.Since is not { } since || row.Int64(3) >= since.ToUnixTimeMilliseconds()) &&
        (filter.Until is not { } until || row.Int64(3) < until.ToUnixTimeMilliseconds()) &&
        (filter.Reason is null || row.Text(5) == filter.Reason) &&
        (filter.EventId is null || row.NullableText(19) == filter.EventId);
}
