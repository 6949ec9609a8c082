using Microsoft.Data.Sqlite;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public sealed class SqliteWriterTests
{
    [Fact]
    public async Task RunAsync_DiskFull_FailsEveryCallerAndRecovers()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite);
        var app = await store.AddAppAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(
            session =>
            {
                session.Execute("PRAGMA max_page_count = 1"); // SQLite takes this as: no page more than there are.
                hold.Wait(Stop);
            },
            Stop);
        var small = store.Writer.RunAsync(session => Insert(session, 1_000_000), Stop);
        var lines = Enumerable.Range(0, 3_000).Select(number => new Core.Devices.DeviceImport(Device($"d{number}"), ["c"])).ToList();
        var large = store.Devices.ImportAsync(app, lines, Stop);
        hold.Set();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => large);
        Assert.NotNull(store.Writer.LastFailure);

        // A new connection has no such limit, as a disk has space again.
        await Task.WhenAny(first);
        await Task.WhenAny(small);
        Assert.Equal(lines.Count, (await store.Devices.ImportAsync(app, lines, Stop)).Length);
        Assert.Equal(lines.Count, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        Assert.Equal(lines.Count, (await store.ReadAllAsync(Query(app, Audience.All))).Count);
        Assert.True((await store.Get<IStoreHealth>().CheckAsync(Stop)).IsReady);
    }

    [Fact]
    public async Task RunAsync_LockedByAnotherProcess_FailsUntilItIsFree()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite, settings => settings["PushGateway:Storage:BusyTimeout"] = "00:00:00.010", systemTime: true);
        await using var other = new SqliteConnection($"Data Source={store.File};Pooling=False");
        await other.OpenAsync(Stop);
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(Stop);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Writer.RunAsync(session => Insert(session, 1), Stop));
        var report = await store.Get<IStoreHealth>().CheckAsync(Stop);
        Assert.False(report.IsReady);
        Assert.Contains("locked", report.Problem, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync(store)); // Reading goes on.

        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync(Stop);
        Assert.True((await store.Get<IStoreHealth>().CheckAsync(Stop)).IsReady);
        await store.Writer.RunAsync(session => Insert(session, 1), Stop);
        Assert.Equal(1, await CountAsync(store));
    }

    [Fact]
    public async Task OpenWriter_Settings_AreDurable()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite);
        var (journal, synchronous) = await store.Writer.RunAsync(
            session => (Pragma(session, "journal_mode"), Pragma(session, "synchronous")), Stop);

        Assert.Equal("wal", journal);
        Assert.Equal("2", synchronous); // FULL
        Assert.Equal("1", await store.Reads.ReadAsync(session => Pragma(session, "query_only"), Stop));
    }

    private static void Insert(WriteSession session, long channelKey) => session
        .Statement("INSERT INTO Channels (ChannelKey, AppKey, ChannelId) VALUES (?1, 0, ?2)").Bind(1, channelKey).Bind(2, $"c{channelKey}").Execute();

    private static async Task<long?> CountAsync(TestStore store) =>
        await store.Reads.ReadAsync(session => session.Statement("SELECT count(*) FROM Channels").ScalarInt64(), Stop);

    private static string? Pragma(StoreSession session, string name)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = $"PRAGMA {name}";
        return command.ExecuteScalar()?.ToString();
    }
}
