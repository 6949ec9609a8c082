using System.Collections.Concurrent;
using System.Globalization;
using PushGateway.Core.Subscribers;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Subscribers;

/// <summary>Who was deleted within the life of a token, in memory as committed.</summary>
/// <remarks>
/// At most <see cref="Max"/>: beyond that the oldest give way to one for their whole app, for which all tokens of that time are refused. That is safe, and costs the apps of other subscribers a call
/// for another token.
/// </remarks>
internal sealed class DeletedSubscribers : IDeletedSubscribers
{
    /// <summary>Deletions that are remembered one by one.</summary>
    internal const int Max = 100_000;

    /// <summary>In place of an id: all subscribers of the app.</summary>
    internal const string All = "";

    // Longer than a token lives, for clocks that differ.
    internal static readonly TimeSpan Retention = IDeletedSubscribers.TokenLifetime + TimeSpan.FromHours(1);

    internal const string Expired =
        "DELETE FROM DeletedSubscribers WHERE (AppKey, SubscriberId) IN " +
        "(SELECT AppKey, SubscriberId FROM DeletedSubscribers WHERE DeletedAtMs <= ?1 ORDER BY DeletedAtMs LIMIT ?2)";

    internal const string Oldest = "SELECT AppKey, SubscriberId, DeletedAtMs FROM DeletedSubscribers WHERE SubscriberId <> '' ORDER BY DeletedAtMs LIMIT ?1";

    internal const string FindSince = "SELECT DeletedAtMs FROM DeletedSubscribers WHERE AppKey = ?1 AND SubscriberId IN (?2, '') AND DeletedAtMs >= ?3 LIMIT 1";

    private const string ReadAll = "SELECT AppKey, SubscriberId, DeletedAtMs FROM DeletedSubscribers";

    private const string Add =
        "INSERT INTO DeletedSubscribers (AppKey, SubscriberId, DeletedAtMs) VALUES (?1, ?2, ?3) ON CONFLICT (AppKey, SubscriberId) DO UPDATE SET " +
        "DeletedAtMs = CASE WHEN excluded.DeletedAtMs > DeletedSubscribers.DeletedAtMs THEN excluded.DeletedAtMs ELSE DeletedSubscribers.DeletedAtMs END";

    private const string Remove = "DELETE FROM DeletedSubscribers WHERE AppKey = ?1 AND SubscriberId = ?2";

    private readonly ConcurrentDictionary<(int AppKey, string SubscriberId), long> _deleted = new();

    public DeletedSubscribers(StoreBell bell) => bell.Rung += OnRung;

    /// <summary>Deletions remembered one by one at most; of tests.</summary>
    internal int Limit { get; set; } = Max;

    public bool IsDeletedSince(int appKey, string subscriberId, DateTimeOffset madeAt)
    {
        if (_deleted.IsEmpty)
        {
            return false;
        }

        var madeAtMs = madeAt.ToUnixTimeMilliseconds();
        return (_deleted.TryGetValue((appKey, subscriberId), out var atMs) && madeAtMs <= atMs) || (_deleted.TryGetValue((appKey, All), out atMs) && madeAtMs <= atMs);
    }

    /// <summary>As <see cref="IsDeletedSince(int, string, DateTimeOffset)"/>, by all that comes before the session's change, also what no commit has told yet.</summary>
    public static bool IsDeletedSince(WriteSession session, int appKey, string subscriberId, DateTimeOffset madeAt) =>
        session.Statement(FindSince).Bind(1, appKey).Bind(2, subscriberId).Bind(3, madeAt.ToUnixTimeMilliseconds()).ScalarInt64() is not null;

    /// <summary>All that the store knows.</summary>
    public static IReadOnlyList<(int AppKey, string SubscriberId, long AtMs)> Read(StoreSession session) => ReadRows(session.Statement(ReadAll));

    /// <summary>What is known besides stays: it was committed since.</summary>
    public void Take(IReadOnlyList<(int AppKey, string SubscriberId, long AtMs)> rows)
    {
        foreach (var (appKey, subscriberId, atMs) in rows)
        {
            Note(appKey, subscriberId, atMs);
        }
    }

    /// <summary>The subscriber is deleted, as of now.</summary>
    public void Record(WriteSession session, int appKey, string subscriberId)
    {
        if (_deleted.Count >= Limit)
        {
            MakeRoom(session);
        }

        Put(session, appKey, subscriberId, session.NowMs);
    }

    /// <summary>Takes out what no token can be as old as.</summary>
    /// <returns>Rows removed.</returns>
    public int Expire(WriteSession session, int rows)
    {
        var beforeMs = session.NowMs - (long)Retention.TotalMilliseconds;
        session.OnCommitted(() => Forget(beforeMs));
        return session.Statement(Expired).Bind(1, beforeMs).Bind(2, rows).Execute();
    }

    private void MakeRoom(WriteSession session)
    {
        foreach (var (appKey, subscriberId, atMs) in ReadRows(session.Statement(Oldest).Bind(1, Math.Max(1, Limit / 10))))
        {
            session.Statement(Remove).Bind(1, appKey).Bind(2, subscriberId).Execute();
            Put(session, appKey, All, atMs);
            session.OnCommitted(() => _deleted.TryRemove(KeyValuePair.Create((appKey, subscriberId), atMs)));
        }
    }

    private void Put(WriteSession session, int appKey, string subscriberId, long atMs)
    {
        session.Statement(Add).Bind(1, appKey).Bind(2, subscriberId).Bind(3, atMs).Execute();
        session.Ring(StoreTopic.Subscriber, appKey, string.Create(CultureInfo.InvariantCulture, $"{atMs} {subscriberId}"));
        session.OnCommitted(() => Note(appKey, subscriberId, atMs));
    }

    private void Note(int appKey, string subscriberId, long atMs) =>
        _deleted.AddOrUpdate((appKey, subscriberId), atMs, (_, knownMs) => Math.Max(knownMs, atMs));

    private void Forget(long beforeMs)
    {
        foreach (var entry in _deleted.Where(entry => entry.Value <= beforeMs))
        {
            _deleted.TryRemove(entry);
        }
    }

    private void OnRung(StoreNotice notice)
    {
        if (notice.Topic == StoreTopic.Subscriber && notice.Detail.IndexOf(' ', StringComparison.Ordinal) is var end and > 0 &&
            long.TryParse(notice.Detail.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var atMs))
        {
            Note((int)notice.Key, notice.Detail[(end + 1)..], atMs);
        }
    }

    private static List<(int AppKey, string SubscriberId, long AtMs)> ReadRows(StoreStatement row)
    {
        var rows = new List<(int, string, long)>();
        while (row.Step())
        {
            rows.Add((row.Int32(0), row.Text(1), row.Int64(2)));
        }

        row.Reset();
        return rows;
    }
}
