using PushGateway.Storage.Audiences;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Live;
using PushGateway.Storage.PostgreSql.Engine;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>What PostgreSQL does for the statements that have to be walks along indexes, whatever its statistics say.</summary>
public sealed class PostgreSqlPlanTests(PostgreSqlCluster cluster)
{
    [Fact]
    public async Task AudienceSql_EveryStatement_WalksIndexesWithoutSorting()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        string[] statements =
        [
            .. Statements(AudienceSql.Devices(withVersion: false)), .. Statements(AudienceSql.Devices(withVersion: true)),
            AudienceSql.ChannelWalk(0), AudienceSql.ChannelsOfSubscriber, DeferredReader.Due, DeferredReader.FirstDue, DeferredReader.FirstWait,
            ExpiredDevices.FindEvent, ExpiredDevices.Pages, ExpiredDevices.SubscriberOf, ExpiredDevices.Counts,
            Waiting.Due, .. WaitingFeedback.All, .. LiveStore.All, .. LiveConfirming.All, .. RetentionStep.All.Where(static sql => sql != RetentionStep.UnnamedDevices),
        ];
        foreach (var sql in statements)
        {
            var plan = await ExplainAsync(store, sql);

            // Of one subscriber's devices at a time.
            Assert.DoesNotMatch(@"(?m)^ *(-> +)?Sort  ", plan);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Hash Join", plan, StringComparison.Ordinal);
            Assert.Contains("Index", plan, StringComparison.Ordinal);
        }

        static string[] Statements(AudienceStatements devices) => [devices.AllDevices, devices.OneChannel, devices.OneSubscriber, devices.OneDevice, devices.OneKey];
    }

    [Theory]
    [InlineData(2)]
    [InlineData(256)]
    public async Task MergedChannels_OfManyChannels_MergesOrderedWalks(int channels)
    {
        await using var store = await TestStore.OpenAsync(cluster);
        var plan = await ExplainAsync(store, AudienceSql.MergedChannels(PostgreSqlDialect.Instance, channels, 0));

        Assert.Contains("Merge Append", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("HashAggregate", plan, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^ *(-> +)?Sort  ", plan);
    }

    private static async Task<string> ExplainAsync(TestStore store, string sql) => await store.Writer.RunAsync(
        session =>
        {
            var text = new PostgreSqlText(sql);
            session.Execute($"PREPARE plan AS {text.Sql}");
            try
            {
                using var command = session.Connection.CreateCommand();
                command.CommandText = $"EXPLAIN EXECUTE plan{(text.Parameters == 0 ? string.Empty : $"({string.Join(',', Enumerable.Repeat("1", text.Parameters))})")}";
                using var reader = command.ExecuteReader();
                var lines = new List<string>();
                while (reader.Read())
                {
                    lines.Add(reader.GetString(0));
                }

                return sql + "\n" + string.Join('\n', lines);
            }
            finally
            {
                session.Execute("DEALLOCATE plan");
            }
        },
        Stop);
}
