using PushGateway.Core;
using PushGateway.Storage.Engagement;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Apps;

/// <param name="IsComplete">The app had nothing left, and its own row is gone too.</param>
internal sealed record PurgeStep(int AppKey, bool IsComplete);

/// <summary>One bounded step of removing what a deleted app has left.</summary>
internal static class AppPurge
{
    private static readonly string s_shards = string.Join(',', Enumerable.Range(0, Shard.Count));

    // Each takes the app's rows by an index, some at a time.
    private static readonly string[] s_ofApp =
    [
        Delete("Subscriptions", "Shard, AppKey, ChannelKey, SubscriberKey", $"Shard IN ({s_shards}) AND AppKey = ?1"),
        Delete("Devices", "Shard, AppKey, SubscriberKey, DeviceKey", $"Shard IN ({s_shards}) AND AppKey = ?1"),
        Delete("RemovedDevices", "Shard, AppKey, DeviceKey", $"Shard IN ({s_shards}) AND AppKey = ?1"),
        Delete("Subscribers", "Shard, AppKey, SubscriberId", $"Shard IN ({s_shards}) AND AppKey = ?1"),
        Delete("AudienceCounts", "Shard, AppKey, ChannelKey", $"Shard IN ({s_shards}) AND AppKey = ?1"),
        Delete("Channels", "ChannelKey", "AppKey = ?1"),
        Delete("IdempotencyKeys", "AppKey, Key", "AppKey = ?1"),
        Delete("Removals", "AppKey, RemovalKey", "AppKey = ?1"),
        Delete("RemovalHolds", "AppKey, Provider", "AppKey = ?1"),
        Delete("WaitingFeedback", "FeedbackKey", "AppKey = ?1"),
        Delete("SavedAudiences", "AppKey, Name", "AppKey = ?1"),
        Delete("LiveMessages", "AppKey, Channel, Sequence", "AppKey = ?1"),
        Delete("LiveForgotten", "AppKey, Channel", "AppKey = ?1"),
        Delete("LiveWaits", "EventKey", "AppKey = ?1"),
        Delete("DeletedSubscribers", "AppKey, SubscriberId", "AppKey = ?1"),
        Delete("SubscriberPurges", "AppKey, SubscriberKey", "AppKey = ?1"),
        Delete("AppIdentities", "AppKey", "AppKey = ?1"),
    ];

    private static readonly string[] s_ofEvent =
    [
        Delete("Deferred", "Shard, EventKey, DeviceKey", $"Shard IN ({s_shards}) AND EventKey = ?1"),
        Delete("Waits", "Shard, EventKey, DueAtMs, Number", $"Shard IN ({s_shards}) AND EventKey = ?1"),
        Delete("OutcomePages", "Shard, EventKey, PageNumber", $"Shard IN ({s_shards}) AND EventKey = ?1"),
        Delete("FanOutShards", "Shard, EventKey, Provider", $"Shard IN ({s_shards}) AND EventKey = ?1"),
        Delete("LiveConfirmations", "Shard, EventKey, SubscriberKey, DeviceKey", $"Shard IN ({s_shards}) AND EventKey = ?1"),
    ];

    /// <returns><see langword="null"/> when no deleted app has anything left.</returns>
    public static PurgeStep? Step(WriteSession session, int rows)
    {
        if (session.Statement("SELECT AppKey FROM Apps WHERE DeletedAtMs IS NOT NULL LIMIT 1").ScalarInt64() is not { } appKey)
        {
            return null;
        }

        var left = rows;
        foreach (var sql in s_ofApp)
        {
            left -= session.Statement(sql).Bind(1, appKey).Bind(2, left).Execute();
            if (left <= 0)
            {
                return new PurgeStep((int)appKey, IsComplete: false);
            }
        }

        while (left > 0)
        {
            if (session.Statement("SELECT EventKey FROM Events WHERE AppKey = ?1 LIMIT 1").Bind(1, appKey).ScalarInt64() is not { } eventKey)
            {
                session.Statement("DELETE FROM Apps WHERE AppKey = ?1").Bind(1, appKey).Execute();
                return new PurgeStep((int)appKey, IsComplete: true);
            }

            left -= OpenRecording.Remove(session, eventKey, left);
            foreach (var sql in s_ofEvent)
            {
                left -= left > 0 ? session.Statement(sql).Bind(1, eventKey).Bind(2, left).Execute() : 0;
            }

            if (left > 0)
            {
                session.Statement("DELETE FROM Events WHERE EventKey = ?1").Bind(1, eventKey).Execute();
                left--;
            }
        }

        return new PurgeStep((int)appKey, IsComplete: false);
    }

    private static string Delete(string table, string key, string condition) =>
        $"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {condition} LIMIT ?2)";
}
