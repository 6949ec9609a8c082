using PushGateway.Storage.Audiences;
using PushGateway.Storage.Engagement;
using PushGateway.Storage.Events;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Live;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Search;
using PushGateway.Storage.Sqlite.Engine;
using PushGateway.Storage.Subscribers;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>What SQLite does for the statements that have to be walks along indexes.</summary>
public sealed class SqlitePlanTests
{
    [Fact]
    public async Task AudienceSql_EveryStatement_WalksIndexesWithoutSorting()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite);
        string[] statements =
        [
            AudienceSql.AllDevices, AudienceSql.OneChannel, AudienceSql.OneSubscriber, AudienceSql.OneDevice,
            .. Statements(AudienceSql.Devices(withVersion: true)), AudienceSql.ChannelWalk(0), AudienceSql.ChannelsOfSubscriber,
            AudienceSql.OneKey, DevicePlaces.ShardOf, ExpiredDevices.FindEvent, ExpiredDevices.Pages, ExpiredDevices.SubscriberOf, ExpiredDevices.Counts,
            AudienceSql.MergedChannels(SqliteDialect.Instance, 1, 0), AudienceSql.MergedChannels(SqliteDialect.Instance, 2, 0), AudienceSql.MergedChannels(SqliteDialect.Instance, 17, 1), AudienceSql.MergedChannels(SqliteDialect.Instance, 256, 3),
            DeferredReader.Due, DeferredReader.FirstDue, DeferredReader.FirstWait, Waiting.Due, FanOutStore.Unfinished,
            .. WaitingFeedback.All, .. LiveStore.All,
            OpenRecording.FindEvent, OpenRecording.FindDevice, HistoryReader.EventsFrom, HistoryReader.Pages, HistoryReader.Content, HistoryReader.KeysOfDevice, HistoryReader.KeysOfSubscriber,
            OpenRecording.DeleteOfDevice, DeviceExpiry.Walk, DeletedSubscribers.Expired, DeletedSubscribers.FindSince,
            SubscriberPurge.FindOfApp, SubscriberPurge.Devices, SubscriberPurge.Channels, SubscriberPurge.RemovedDevices, SubscriberPurge.Removals, .. SubscriberReader.All,
            .. LiveConfirming.All,
        ];
        foreach (var sql in statements)
        {
            var plan = await store.Reads.ReadAsync(
                session =>
                {
                    using var command = session.Connection.CreateCommand();
                    command.CommandText = "EXPLAIN QUERY PLAN " + sql;
                    using var reader = command.ExecuteReader();
                    var lines = new List<string>();
                    while (reader.Read())
                    {
                        lines.Add(reader.GetString(3));
                    }

                    return lines;
                },
                Stop);
            var text = string.Join('\n', plan);
            Assert.DoesNotContain("TEMP B-TREE", text, StringComparison.Ordinal);
            Assert.DoesNotContain(plan, line => line.StartsWith("SCAN", StringComparison.Ordinal) && !line.StartsWith("SCAN e", StringComparison.Ordinal));
            Assert.Contains("SEARCH", text, StringComparison.Ordinal);
        }

        static string[] Statements(AudienceStatements devices) => [devices.AllDevices, devices.OneChannel, devices.OneSubscriber, devices.OneDevice, devices.OneKey];
    }

    /// <summary>What the dashboard asks for each second while somebody looks: a few rows from an end of an index, which holds no more than such events.</summary>
    [Fact]
    public async Task EventSearch_EveryStatementOfTheOverview_ReadsAnIndexFromItsEnd()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite);
        foreach (var (sql, expected) in new[]
        {
            (EventSearch.OfState, "SEARCH Events USING INDEX IX_Events_State_EventKey (State=?)"), (EventSearch.Scheduled, "SCAN Events USING INDEX IX_Events_StartsAtMs"),
            (EventSearch.ScheduledCount, "SCAN Events USING COVERING INDEX IX_Events_StartsAtMs"), (EventSearch.Finished, "SEARCH Events USING INDEX IX_Events_CompletedAtMs (CompletedAtMs>?)"),
        })
        {
            var plan = await store.Reads.ReadAsync(
                session =>
                {
                    using var command = session.Connection.CreateCommand();
                    command.CommandText = "EXPLAIN QUERY PLAN " + sql;
                    using var reader = command.ExecuteReader();
                    var lines = new List<string>();
                    while (reader.Read())
                    {
                        lines.Add(reader.GetString(3));
                    }

                    return lines;
                },
                Stop);
            Assert.Equal([expected], plan);
        }
    }

    [Fact]
    public async Task Statements_OfRetention_WalkIndexesWithoutSorting()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite);
        foreach (var sql in RetentionStep.All)
        {
            var plan = await store.Reads.ReadAsync(
                session =>
                {
                    using var command = session.Connection.CreateCommand();
                    command.CommandText = "EXPLAIN QUERY PLAN " + sql;
                    using var reader = command.ExecuteReader();
                    var lines = new List<string>();
                    while (reader.Read())
                    {
                        lines.Add(reader.GetString(3));
                    }

                    return lines;
                },
                Stop);

            // Apps are few, and their table is small.
            Assert.DoesNotContain(plan, line => line.Contains("TEMP B-TREE", StringComparison.Ordinal));
            Assert.DoesNotContain(plan, line => line.StartsWith("SCAN", StringComparison.Ordinal) && line != "SCAN a USING COVERING INDEX IX_Apps_AppId");
        }
    }
}
