using Npgsql;
using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;
using PushGateway.Storage.PostgreSql.Engine;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public sealed class PostgreSqlWriterTests(PostgreSqlCluster cluster)
{
    [Fact]
    public async Task RunAsync_ConnectionLostBetween_IsNotNoticed()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        await store.Writer.RunAsync(session => Insert(session, 1), Stop);
        Assert.Equal(1, await CountAsync(store));

        await cluster.CutAsync(store.ConnectionString);

        await store.Writer.RunAsync(session => Insert(session, 2), Stop);
        Assert.Equal(2, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_ConnectionLostInTheMiddle_ChangesNothingAndRecovers()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        using var begun = new ManualResetEventSlim();
        using var hold = new ManualResetEventSlim();
        var change = store.Writer.RunAsync(
            session =>
            {
                Insert(session, 1);
                begun.Set();
                hold.Wait(Stop);
            },
            Stop);
        begun.Wait(Stop);
        await cluster.CutAsync(store.ConnectionString);
        hold.Set();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => change);
        Assert.NotNull(store.Writer.LastFailure);

        Assert.True((await store.Get<IStoreHealth>().CheckAsync(Stop)).IsReady);
        await store.Writer.RunAsync(session => Insert(session, 1), Stop);
        Assert.Equal(1, await CountAsync(store));
    }

    [Fact]
    public async Task Context_ConnectionLostBetween_IsNotNoticed()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        Assert.Equal(0, await store.Reads.ReadAsync(CountApps, Stop));

        await cluster.CutAsync(store.ConnectionString);

        Assert.Equal(0, await store.Reads.ReadAsync(CountApps, Stop));
    }

    /// <summary>The driver looks after idle connections as well, and may know of the loss before the next read does.</summary>
    [Fact]
    public async Task ReadAsync_ConnectionKnownToBeLost_IsNotNoticed()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        var idle = await store.Reads.ReadAsync(static session => session.Connection, Stop);

        await idle.CloseAsync();

        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task Context_ConnectionLostInTheMiddle_SaysThatTheStoreIsUnavailable()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        var cut = () => cluster.CutAsync(store.ConnectionString);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Reads.ReadAsync(session => CutAndCount(session, cut), Stop));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Writer.RunAsync(session => CutAndCount(session, cut), Stop));
    }

    /// <summary>The connection says something every three seconds, and so learns of its end by itself.</summary>
    [Fact]
    public async Task ReadAsync_LossNoticedBetweenTwoStatements_IsAStoreThatCannotBeRead()
    {
        await using var store = await TestStore.OpenAsync(cluster);

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Reads.ReadAsync(
            session =>
            {
                session.Statement("SELECT count(*) FROM Channels").ScalarInt64();
                cluster.CutAsync(store.ConnectionString).GetAwaiter().GetResult();
                Assert.True(SpinWait.SpinUntil(() => !session.IsUsable, TimeSpan.FromSeconds(60)), "It does not notice.");
                return session.Statement("SELECT count(*) FROM Devices").ScalarInt64();
            },
            Stop));

        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_AnswerToTheCommitLost_IsKnownToHaveSucceeded()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        await using var cutter = new AnswerCutter(new NpgsqlConnectionStringBuilder(store.ConnectionString).Port);
        await using var gateway = await OpenThroughAsync(store, cutter);

        await gateway.Writer.RunAsync(
            session =>
            {
                Insert(session, 1);
                cutter.CutNextAnswer();
            },
            Stop);

        Assert.Equal(1, await CountAsync(gateway));
        await gateway.Writer.RunAsync(session => Insert(session, 2), Stop);
    }

    [Fact]
    public async Task RunAsync_CommitNeverArrived_IsKnownToHaveFailed()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        await using var cutter = new AnswerCutter(new NpgsqlConnectionStringBuilder(store.ConnectionString).Port);
        await using var gateway = await OpenThroughAsync(store, cutter);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => gateway.Writer.RunAsync(
            session =>
            {
                Insert(session, 1);
                cutter.CutNextRequest();
            },
            Stop));

        Assert.Equal(0, await CountAsync(gateway));
        await gateway.Writer.RunAsync(session => Insert(session, 1), Stop);
    }

    [Fact]
    public async Task RunAsync_DiskFull_FailsEveryCallerAndRecovers()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        await store.Writer.RunAsync(
            session => session.Execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$; " +
                "CREATE TRIGGER full_disk BEFORE INSERT ON Devices FOR EACH ROW EXECUTE FUNCTION full_disk()"),
            Stop);
        var app = await store.AddAppAsync();
        using var hold = new ManualResetEventSlim();
        var first = store.Writer.RunAsync(_ => hold.Wait(Stop), Stop);
        var small = store.Writer.RunAsync(session => Insert(session, 1), Stop);
        var large = store.Devices.RegisterAsync(app, Device("d"), Stop);
        hold.Set();

        foreach (var change in (Task[])[small, large])
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => change);
        }

        await Task.WhenAny(first);
        await store.Writer.RunAsync(session => session.Execute("DROP TRIGGER full_disk ON Devices"), Stop);
        Assert.Equal(RegistrationChange.Created, await store.Devices.RegisterAsync(app, Device("d"), Stop));
        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task RunAsync_AnotherTransactionHasTheLock_FailsUntilItIsFree()
    {
        await using var store = await TestStore.OpenAsync(cluster, settings => settings["PushGateway:Storage:BusyTimeout"] = "00:00:00.010", systemTime: true);
        await using (var other = new NpgsqlConnection(store.ConnectionString + ";Pooling=false"))
        {
            await other.OpenAsync(Stop);
            await using var transaction = await other.BeginTransactionAsync(Stop);
            await using var command = new NpgsqlCommand(PostgreSqlDatabase.TakeWriterLock, other);
            await command.ExecuteNonQueryAsync(Stop);

            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Writer.RunAsync(session => Insert(session, 1), Stop));
            Assert.Equal(0, await CountAsync(store)); // Reading goes on.
        }

        await store.Writer.RunAsync(session => Insert(session, 1), Stop);
        Assert.Equal(1, await CountAsync(store));
    }

    [Fact]
    public async Task OpenWriter_DatabaseThatDoesNotWaitForTheDisk_DoesSo()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        await store.Writer.RunAsync(
            session => session.Execute($"ALTER DATABASE {session.Connection.Database} SET synchronous_commit = off"), Stop);

        await using var reopened = await store.ReopenAsync();

        Assert.Equal("on", await reopened.Writer.RunAsync(session => Setting(session, "synchronous_commit"), Stop));
        Assert.Equal("5s", await reopened.Writer.RunAsync(session => Setting(session, "idle_in_transaction_session_timeout"), Stop));
        Assert.Equal("on", await reopened.Reads.ReadAsync(session => Setting(session, "default_transaction_read_only"), Stop));
    }

    /// <summary>The server ends the connection of one that says nothing for fifteen seconds; one that has nothing to write is not such a one.</summary>
    [Fact]
    public async Task Writer_NothingToWriteForLong_KeepsTheStore()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        var before = await store.Writer.RunAsync(BackendOf, Stop);
        using var clock = new PeriodicTimer(PostgreSqlDatabase.MaxSilence + TimeSpan.FromSeconds(3));
        await clock.WaitForNextTickAsync(Stop);

        Assert.Equal(before, await store.Writer.RunAsync(BackendOf, Stop));

        static int BackendOf(WriteSession session) => ((NpgsqlConnection)session.Connection).ProcessID;
    }

    /// <summary>What the writer's lock is for: two gateways that change the same at the same time.</summary>
    [Fact]
    public async Task TwoWriters_SameDevicesTokensChannelsAndKeys_AgreeWithEachOther()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        var app = await store.AddAppAsync();
        await store.StopAsync();
        await using var left = await store.OpenBesideAsync();
        await using var right = await store.OpenBesideAsync();
        TestStore[] both = [left, right];

        var changes = await Task.WhenAll(both.SelectMany((gateway, side) => Enumerable.Range(0, 40).Select(number => gateway.Devices.ImportAsync(
            app,
            [.. Enumerable.Range(0, 5).Select(device => new DeviceImport(
                Device($"d{(number + device) % 30}", $"s{(number + side) % 7}", $"token-{(number * 3 + device + side) % 23}"), [$"c{device % 3}", "all"]))],
            Stop))));
        var published = await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
            both[number % 2].Events.PublishAsync(app, Event($"e{number}", store: left), Key($"k{number / 4}"), Stop)));

        Assert.All(changes, made => Assert.Equal(5, made.Length));
        var read = await left.ReadAllAsync(Query(app, Audience.All));
        Assert.Equal(read.Count, read.Select(row => row.Token).Distinct().Count());
        Assert.Equal(read.Count, read.Select(row => row.Row.DeviceKey).Distinct().Count());
        Assert.Equal(read.Count, await right.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        Assert.Equal(7, await right.Devices.CountSubscribersAsync(app, "all", Stop));
        Assert.Equal(10, published.Count(receipt => receipt.Status == PublishStatus.Published));
        Assert.Equal(30, published.Count(receipt => receipt.Status == PublishStatus.Replayed));
        Assert.All(published.Chunk(4), same => Assert.Single(same.Select(receipt => receipt.Event!.Key).Distinct()));
        Assert.Equal(10, published.Select(receipt => receipt.Event!.Key).Distinct().Count());
    }

    /// <summary>Undoing, retention and the order of notices go by the order of keys.</summary>
    [Fact]
    public async Task NextKey_OfTwoWriters_GrowsInTheOrderOfTheCommits()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        await store.StopAsync();
        await using var left = await store.OpenBesideAsync();
        await using var right = await store.OpenBesideAsync();
        var keys = new List<long>();
        for (var number = 0; number < 20; number++)
        {
            keys.Add(await (number % 3 == 0 ? left : right).Writer.RunAsync(session => session.NextKey(KeySequence.Device), Stop));
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(number => keys[0] + number), keys);
    }

    [Fact]
    public async Task Bind_TextWithAZero_IsStoredWithAReplacement()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        await store.Writer.RunAsync(
            session => session.Statement("INSERT INTO Channels (ChannelKey, AppKey, ChannelId) VALUES (?1, 0, ?2)").Bind(1, 1).Bind(2, "a\0b").Execute(), Stop);

        Assert.Equal("a\uFFFDb", await store.Reads.ReadAsync(
            static session =>
            {
                var row = session.Statement("SELECT ChannelId FROM Channels");
                return row.Step() ? row.Text(0) : null;
            },
            Stop));
    }

    private static async Task<TestStore> OpenThroughAsync(TestStore store, AnswerCutter cutter)
    {
        await store.StopAsync();
        return await store.OpenBesideAsync(connectionString: new NpgsqlConnectionStringBuilder(store.ConnectionString) { Port = cutter.Port }.ToString());
    }

    private static void Insert(WriteSession session, long channelKey) => session
        .Statement("INSERT INTO Channels (ChannelKey, AppKey, ChannelId) VALUES (?1, 0, ?2)").Bind(1, channelKey).Bind(2, $"c{channelKey}").Execute();

    private static async Task<long?> CountAsync(TestStore store) =>
        await store.Reads.ReadAsync(session => session.Statement("SELECT count(*) FROM Channels").ScalarInt64(), Stop);

    private static int CountApps(StoreSession session)
    {
        using var context = session.CreateContext();
        return context.Set<AppRow>().Count();
    }

    private static int CutAndCount(StoreSession session, Func<Task> cut)
    {
        session.Statement("SELECT count(*) FROM Channels").ScalarInt64();
        cut().GetAwaiter().GetResult();
        return CountApps(session);
    }

    private static string? Setting(StoreSession session, string name)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = $"SHOW {name}";
        return command.ExecuteScalar()?.ToString();
    }
}
