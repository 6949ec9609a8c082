using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Storage.Engagement;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Subscribers;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.Retention;

/// <summary>One bounded step of removing what has been kept long enough.</summary>
/// <remarks>
/// An event leaves its app first, and can no longer be found; then its rows go, its own last. So nobody sees half an event, and
/// what a stop leaves behind is found again by the next step.
/// </remarks>
internal static class RetentionStep
{
    // In place of an app, 0 says that the event is being removed: keys of apps begin at 1.
    internal const string LeavingEvent = "SELECT EventKey FROM Events WHERE AppKey = 0 LIMIT 1";

    // Only events that are final have the time of it.
    internal const string ExpiredEvent = "SELECT EventKey FROM Events WHERE CompletedAtMs <= ?1 ORDER BY CompletedAtMs LIMIT 1";

    // All there is of an event that ended with its first page.
    private const string DeleteSole = "DELETE FROM Events WHERE EventKey = ?1 AND SoleShard IS NOT NULL";

    internal const string ExpiredKeys =
        "DELETE FROM IdempotencyKeys WHERE (AppKey, Key) IN " +
        "(SELECT AppKey, Key FROM IdempotencyKeys WHERE CreatedAtMs <= ?1 ORDER BY CreatedAtMs LIMIT ?2)";

    // The app's first event by key is the first by time too, but for what the allowance covers.
    internal const string UnnamedDevices =
        "DELETE FROM RemovedDevices WHERE (Shard, AppKey, DeviceKey) IN " +
        "(SELECT r.Shard, r.AppKey, r.DeviceKey FROM Apps a CROSS JOIN RemovedDevices r ON r.AppKey = a.AppKey AND r.RemovedAtMs < ?2 + " +
        "coalesce((SELECT CASE WHEN e.CreatedAtMs < ?1 THEN e.CreatedAtMs ELSE ?1 END FROM Events e WHERE e.AppKey = a.AppKey ORDER BY e.EventKey LIMIT 1), ?1) LIMIT ?3)";

    // Yesterday's are kept: a page that was read before midnight is charged to the day it was read on, and the clock may be set back.
    internal static readonly string PastCharges =
        "DELETE FROM DailyCharges WHERE (Shard, Day, AppKey, Block) IN (SELECT Shard, Day, AppKey, Block FROM DailyCharges " +
        $"WHERE Shard IN ({string.Join(',', Enumerable.Range(0, Shard.Count))}) AND Day < ?1 LIMIT ?2)";

    // The condition of the index, to the letter.
    internal const string ExpiredRemovals =
        "DELETE FROM Removals WHERE (AppKey, RemovalKey) IN " +
        "(SELECT AppKey, RemovalKey FROM Removals WHERE State <> 2 AND AtMs <= ?1 ORDER BY AtMs LIMIT ?2)";

    // A removed device is named by receipts of events that were published before its removal, by the wall clock, which may have
    // been set back in between.
    private static readonly TimeSpan s_clockAllowance = TimeSpan.FromHours(1);

    // A row, and its places in the indexes of events.
    private const int SoleWeight = 5;

    private static readonly long s_day = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    private static readonly string s_shards = string.Join(',', Enumerable.Range(0, Shard.Count));

    // A page row has receipts on database pages of their own, so it takes as long as a few others.
    private static readonly (string Sql, int Weight)[] s_ofEvent =
    [
        (Delete("Deferred", "Shard, EventKey, DeviceKey"), 1),
        (Delete("Waits", "Shard, EventKey, DueAtMs, Number"), 1),
        (Delete("OutcomePages", "Shard, EventKey, PageNumber"), 4),
        (Delete("FanOutShards", "Shard, EventKey, Provider"), 1),
        (Delete("LiveConfirmations", "Shard, EventKey, SubscriberKey, DeviceKey"), 1),
    ];

    internal static IEnumerable<string> All =>
        [.. s_ofEvent.Select(table => table.Sql), OpenRecording.DeleteDevices, LeavingEvent, ExpiredEvent, ExpiredKeys, UnnamedDevices, PastCharges, ExpiredRemovals, DeletedSubscribers.Expired, .. OrphanNotices.All];

    /// <param name="retention">How long final events are kept.</param>
    /// <param name="removals">How long removals by feedback are kept.</param>
    /// <param name="deleted">Who was deleted, to be forgotten when no token can be as old.</param>
    /// <param name="rows">About the most rows to remove; it bounds how long others wait.</param>
    /// <returns>Whether there may be more to remove.</returns>
    public static bool Run(WriteSession session, TimeSpan retention, TimeSpan removals, int rows, DeletedSubscribers? deleted = null)
    {
        var left = rows;
        while (left > 0 && NextEvent(session, retention) is { } eventKey)
        {
            left -= OpenRecording.Remove(session, eventKey, left);
            if (left <= 0)
            {
                break;
            }

            if (session.Statement(DeleteSole).Bind(1, eventKey).Execute() > 0)
            {
                left -= SoleWeight;
                continue;
            }

            foreach (var (sql, weight) in s_ofEvent)
            {
                left -= left > 0 ? weight * session.Statement(sql).Bind(1, eventKey).Bind(2, (left + weight - 1) / weight).Execute() : 0;
            }

            if (left > 0)
            {
                session.Statement("DELETE FROM Events WHERE EventKey = ?1").Bind(1, eventKey).Execute();
                left -= Shard.Count; // It has been looked for in every shard, which is most of the work for a small one.
            }
        }

        left -= left > 0 ? session.Statement(ExpiredKeys).Bind(1, Before(session, IdempotencyKey.Retention)).Bind(2, left).Execute() : 0;
        left -= left > 0
            ? session.Statement(UnnamedDevices).Bind(1, session.NowMs).Bind(2, -(long)s_clockAllowance.TotalMilliseconds).Bind(3, left).Execute()
            : 0;
        left -= left > 0
            ? session.Statement(PastCharges).Bind(1, (session.NowMs / s_day) - 1).Bind(2, left).Execute()
            : 0;
        left -= left > 0 ? session.Statement(ExpiredRemovals).Bind(1, Before(session, removals)).Bind(2, left).Execute() : 0;
        left -= left > 0 && deleted is not null ? deleted.Expire(session, left) : 0;
        left -= left > 0 ? OrphanNotices.Remove(session, left) : 0;
        return left <= 0;
    }

    /// <summary>Has an event leave its app, as if it had been kept long enough.</summary>
    /// <returns>Whether it was final, and so could.</returns>
    public static bool Forget(WriteSession session, long eventKey) =>
        session.Statement("UPDATE Events SET AppKey = 0 WHERE EventKey = ?1 AND CompletedAtMs IS NOT NULL").Bind(1, eventKey).Execute() > 0;

    private static long? NextEvent(WriteSession session, TimeSpan retention)
    {
        if (session.Statement(LeavingEvent).ScalarInt64() is { } leaving)
        {
            return leaving;
        }

        if (session.Statement(ExpiredEvent).Bind(1, Before(session, retention)).ScalarInt64() is not { } eventKey)
        {
            return null;
        }

        session.Statement("UPDATE Events SET AppKey = 0 WHERE EventKey = ?1").Bind(1, eventKey).Execute();
        return eventKey;
    }

    private static long Before(WriteSession session, TimeSpan age) => session.NowMs - (long)age.TotalMilliseconds;

    private static string Delete(string table, string key) =>
        $"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE Shard IN ({s_shards}) AND EventKey = ?1 LIMIT ?2)";
}
