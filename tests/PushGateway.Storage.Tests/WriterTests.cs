using Microsoft.Data.Sqlite;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public sealed class WriterTests
{
    [Fact]
    public async Task RunAsync_ManyWaiting_ShareOneCommit()
    {
        await using var store = await TestStore.OpenAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var before = store.Writer.Commits;
        var waiting = Enumerable.Range(1, 100).Select(number => store.Writer.RunAsync(session => Insert(session, number), Stop)).ToList();
        Assert.All(waiting, change => Assert.False(change.IsCompleted));

        hold.Set();
        await Task.WhenAll([first, .. waiting]);

        // The held one and all that waited behind it, or, if it began alone, two.
        Assert.InRange(store.Writer.Commits - before, 1, 2);
        Assert.Equal(100, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_OneFailsAmongMany_OnlyThatOneIsUndone()
    {
        await using var store = await TestStore.OpenAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var committed = 0;
        var changes = Enumerable.Range(1, 20).Select(number => store.Writer.RunAsync(
            session =>
            {
                Insert(session, number);
                session.OnCommitted(() => committed++);
                if (number == 7)
                {
                    throw new InvalidOperationException("Seven.");
                }
            },
            Stop)).ToList();
        hold.Set();
        await first;

        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => Task.WhenAll(changes));

        Assert.Equal("Seven.", problem.Message);
        Assert.Equal(19, changes.Count(change => change.IsCompletedSuccessfully));
        Assert.Equal(19, committed);
        Assert.Equal(19, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_ConstraintBroken_GivesTheErrorToItsCallerAndGoesOn()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Writer.RunAsync(session => Insert(session, 1), Stop);

        await Assert.ThrowsAsync<SqliteException>(() => store.Writer.RunAsync(session => Insert(session, 1), Stop));

        await store.Writer.RunAsync(session => Insert(session, 2), Stop);
        Assert.Equal(2, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_CancelledBeforeItBegan_ChangesNothing()
    {
        await using var store = await TestStore.OpenAsync();
        using var hold = new ManualResetEventSlim();
        using var giveUp = new CancellationTokenSource();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var second = store.Writer.RunAsync(session => Insert(session, 1), giveUp.Token);
        await giveUp.CancelAsync();
        hold.Set();

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_DiskFull_FailsEveryCallerAndRecovers()
    {
        await using var store = await TestStore.OpenAsync();
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
        await using var store = await TestStore.OpenAsync(settings => settings["PushGateway:Storage:BusyTimeout"] = "00:00:00.010", systemTime: true);
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
    public async Task StopAsync_ChangesWaiting_AreDurableAndLaterOnesRefused()
    {
        var store = await TestStore.OpenAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var waiting = Enumerable.Range(1, 10).Select(number => store.Writer.RunAsync(session => Insert(session, number), Stop)).ToList();
        var stopping = store.StopAsync();
        hold.Set();
        await stopping;

        await Task.WhenAll([first, .. waiting]);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Writer.RunAsync(session => Insert(session, 99), Stop));
        await using var reopened = await store.ReopenAsync();
        Assert.Equal(10, await CountAsync(reopened));
    }

    [Fact]
    public async Task OpenWriter_Settings_AreDurable()
    {
        await using var store = await TestStore.OpenAsync();
        var (journal, synchronous) = await store.Writer.RunAsync(
            session => (Pragma(session, "journal_mode"), Pragma(session, "synchronous")), Stop);

        Assert.Equal("wal", journal);
        Assert.Equal("2", synchronous); // FULL
        Assert.Equal("1", await store.Reads.ReadAsync(session => Pragma(session, "query_only"), Stop));
    }

    [Fact]
    public async Task NextKey_AfterFailureAndRestart_NeverRepeats()
    {
        var store = await TestStore.OpenAsync();
        var seen = new HashSet<long>();
        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 700; number++)
            {
                var undone = number % 5 == 0;
                try
                {
                    var key = await store.Writer.RunAsync(
                        session =>
                        {
                            var next = session.NextKey(KeySequence.Device);
                            return undone ? throw new InvalidOperationException() : next;
                        },
                        Stop);
                    Assert.True(seen.Add(key), $"Key {key} was handed out twice.");
                }
                catch (InvalidOperationException) when (undone)
                {
                    // Not committed, so the key was seen by nobody.
                }
            }

            store = await store.ReopenAsync();
        }

        await store.DisposeAsync();
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
