using Npgsql;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Core.Live;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Several gateways on one PostgreSQL: who has which shards, and what each hears of the others.</summary>
public sealed class NodeLeasesTests(PostgreSqlCluster cluster)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Join_Alone_HoldsEveryShard()
    {
        await using var store = await OpenAsync();
        var leases = store.Get<IShardLeases>();
        Assert.True(leases.HasLapsed);

        await leases.JoinAsync(Stop);

        Assert.Equal((Shard.Count, 1d, false), (leases.Held.Count, leases.Held.Share, leases.HasLapsed));
        var node = Assert.Single(await store.Get<INodeDirectory>().ListAsync(Stop));
        Assert.Equal((NodeState.Running, Shard.Count, true), (node.State, node.Shards, node.IsThis));
    }

    [Fact]
    public async Task Join_BesideAnother_GetsHalfOnlyWhenThatHasLeftIt()
    {
        await using var store = await OpenAsync();
        await using var other = await BesideAsync(store);
        var (first, second) = (store.Get<IShardLeases>(), other.Get<IShardLeases>());
        await first.JoinAsync(Stop);
        await second.JoinAsync(Stop);
        Assert.Equal(0, second.Held.Count);

        await UntilAsync(() => first.Held.Count == Shard.Count / 2);
        Assert.Equal(0, second.Held.Count);
        var given = Enumerable.Range(0, Shard.Count).Where(shard => !first.Held.Holds(shard)).ToList();
        given.ForEach(first.Left);

        await UntilAsync(() => second.Held.Count == Shard.Count / 2);
        Assert.All(given, shard => Assert.True(second.Held.EpochOf(shard) > 1));
        Assert.Equal([32, 32], (await other.Get<INodeDirectory>().ListAsync(Stop)).Select(node => node.Shards));
    }

    [Fact]
    public async Task Leave_ShardsLeft_AreTheOthersAtOnce()
    {
        await using var store = await OpenAsync();
        await using var other = await BesideAsync(store);
        var (first, second) = (store.Get<IShardLeases>(), other.Get<IShardLeases>());
        await first.JoinAsync(Stop);
        await second.JoinAsync(Stop);

        first.Leave();
        Assert.Equal(0, first.Held.Count);
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            first.Left(shard);
        }

        await UntilAsync(() => second.Held.Count == Shard.Count);
        await store.StopAsync();
        Assert.True(Assert.Single(await other.Get<INodeDirectory>().ListAsync(Stop)).IsThis);
    }

    /// <summary>As of one that was killed: it says nothing more, and nobody has to tell the others.</summary>
    [Fact]
    public async Task Silence_LongerThanALease_GivesTheShardsToAnother()
    {
        await using var store = await OpenAsync();
        await store.Get<IShardLeases>().JoinAsync(Stop);
        await store.Writer.StopAsync();
        await using var other = await BesideAsync(store);
        var second = other.Get<IShardLeases>();

        await second.JoinAsync(Stop);

        Assert.Equal(0, second.Held.Count);
        await UntilAsync(() => second.Held.Count == Shard.Count);
        await UntilAsync(() => store.Get<IShardLeases>().HasLapsed);
        Assert.Equal([NodeState.Silent, NodeState.Running], (await other.Get<INodeDirectory>().ListAsync(Stop)).Select(node => node.State));
    }

    [Fact]
    public async Task Commit_UnderALeaseThatIsOver_IsRefusedAndChangesNothing()
    {
        await using var store = await OpenAsync();
        await using var other = await BesideAsync(store);
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d", "s", "t"), Stop);
        var published = await store.Events.PublishAsync(app, Event("e", store: store), null, Stop);
        var shard = Shard.Of("s");
        await store.Get<IShardLeases>().JoinAsync(Stop);
        var epoch = store.Get<IShardLeases>().Held.EpochOf(shard);
        await store.Writer.StopAsync();
        var second = other.Get<IShardLeases>();
        await second.JoinAsync(Stop);
        await UntilAsync(() => second.Held.Holds(shard));
        var begun = new PageBegun { EventKey = published.Event!.Key, Shard = shard, Epoch = epoch };

        // Through the other's writer, because the first is frozen; whose page it is says the lease.
        Assert.Equal(shard, (await Assert.ThrowsAsync<ShardLostException>(() => other.FanOuts.CommitPageAsync(Page(epoch), Stop))).Shard);
        await Assert.ThrowsAsync<ShardLostException>(() => other.FanOuts.MarkBegunAsync(begun, Stop));
        Assert.All((await other.FanOuts.FindWorkAsync(published.Event.Key, Stop))!.Plan.Shards, left => Assert.Equal(default, left.Cursor));

        await other.FanOuts.MarkBegunAsync(begun with { Epoch = second.Held.EpochOf(shard) }, Stop);
        await other.FanOuts.CommitPageAsync(Page(second.Held.EpochOf(shard)), Stop);
        Assert.All((await other.FanOuts.FindWorkAsync(published.Event.Key, Stop))!.Plan.Shards, read => Assert.True(read.IsRead));

        PageCommit Page(long number) => new()
        {
            EventKey = published.Event!.Key,
            AppKey = app,
            Shard = shard,
            Epoch = number,
            Advances = ProviderSet.All,
            End = new AudienceCursor(1, 1),
            IsLast = true,
            RecordedAt = store.Time.GetUtcNow(),
        };
    }

    [Fact]
    public async Task Catalogs_ChangedByAnother_AreFollowed()
    {
        await using var store = await OpenAsync();
        await using var other = await BesideAsync(store);
        var changed = new List<int>();
        other.Apps.Changed += key =>
        {
            lock (changed)
            {
                changed.Add(key);
            }
        };

        var (app, _) = await store.Apps.PutAsync("news", "News", Stop);
        await store.Apps.PutCredentialAsync("news", AppStoreTests.Apns("KEY"), Stop);
        await UntilAsync(() => other.Apps.Find("news")?.CredentialFor(ProviderKind.Apns) is { Version: 1 });
        Assert.Contains(app.Key, changed);

        var key = new ApiKey { Id = "k1", Name = "x", Scopes = ApiKeyScopes.Publish, AppId = "news", CreatedAt = store.Time.GetUtcNow(), Hash = new byte[32] };
        await store.Keys.AddAsync(key, Stop);
        await UntilAsync(() => other.Keys.FindByHash(new byte[32]) is not null);
        await store.Keys.RemoveAsync("k1", Stop);
        await UntilAsync(() => other.Keys.FindByHash(new byte[32]) is null);

        var told = new List<long>();
        other.Get<IWebhookStore>().Changed += told.Add;
        var settings = new WebhookSettings { Id = "hook", Url = new Uri("https://example.com/"), Secret = new string('s', 32), Notices = WebhookNotices.EventCompleted, IsEnabled = true };
        var (webhook, _) = await store.Get<IWebhookStore>().PutAsync(app.Key, settings, Stop);
        await UntilAsync(() => other.Get<IWebhookStore>().Find(app.Key, "hook")?.Secret == settings.Secret && told.Contains(webhook.Key));
        var noticed = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        other.Get<IWebhookStore>().NoticeAdded += noticed.SetResult;
        await store.Get<IWebhookStore>().AddNoticeAsync(app.Key, WebhookNotices.EventCompleted, "{}"u8.ToArray(), Stop);
        Assert.Equal(webhook.Key, await noticed.Task.WaitAsync(s_limit, Stop));

        await store.Apps.DeleteAsync("news", Stop);
        await UntilAsync(() => other.Apps.Find("news") is null && other.Get<IWebhookStore>().Find(app.Key, "hook") is null);
    }

    /// <summary>What is rung while nobody listens is not lost: everything is read again.</summary>
    [Fact]
    public async Task Catalogs_ChangedWhileNothingWasHeard_AreReadAgain()
    {
        await using var store = await OpenAsync();
        await using var other = await BesideAsync(store, systemTime: true);
        var missed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        other.FanOuts.Missed += () => missed.TrySetResult();

        await cluster.CutAsync(store.ConnectionString);
        await store.Apps.PutAsync("news", "News", Stop);

        await missed.Task.WaitAsync(s_limit, Stop);
        await UntilAsync(() => other.Apps.Find("news") is not null);
    }

    [Fact]
    public async Task Events_OfAnother_AreHeardOfWithTheirShard()
    {
        await using var store = await OpenAsync();
        await using var other = await BesideAsync(store);
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d", "s", "t"), Stop);
        var heard = new List<(long, int?)>();
        var (published, wished, resumed) = (new TaskCompletionSource<(long, int?)>(), new TaskCompletionSource<long>(), new TaskCompletionSource<(int, ProviderKind)>());
        other.FanOuts.Published += (key, shard) => published.TrySetResult((key, shard));
        other.FanOuts.Wished += key => wished.TrySetResult(key);
        other.FanOuts.ProviderResumed += (key, provider) => resumed.TrySetResult((key, provider));
        store.FanOuts.Published += (key, shard) => heard.Add((key, shard));

        var receipt = await store.Events.PublishAsync(app, Event("e", store: store) with { Audience = new Audience(AudienceKind.Subscribers, ["s"]) }, null, Stop);
        await store.Events.ControlAsync(app, receipt.Event!.Event.Id, EventControl.Pause, Stop);
        await store.FanOuts.TellProviderResumedAsync(app, ProviderKind.Fcm, Stop);

        Assert.Equal((receipt.Event.Key, (int?)Shard.Of("s")), await published.Task.WaitAsync(s_limit, Stop));
        Assert.Equal(receipt.Event.Key, await wished.Task.WaitAsync(s_limit, Stop));
        Assert.Equal((app, ProviderKind.Fcm), await resumed.Task.WaitAsync(s_limit, Stop));

        // What the other publishes comes behind what would have been heard of itself.
        var others = await other.Events.PublishAsync(app, Event("o", store: store), null, Stop);
        await UntilAsync(() => heard.ToArray().Any(entry => entry.Item1 == others.Event!.Key));
        Assert.Single(heard);
    }

    [Fact]
    public async Task Lost_AShardThatTheStoreRefuses_IsNotHeldUntilTheNextBeatSaysSo()
    {
        await using var store = await TestStore.OpenAsync(cluster);
        var leases = store.Get<IShardLeases>();
        await leases.JoinAsync(Stop);
        var changes = 0;
        leases.Changed += () => Interlocked.Increment(ref changes);

        leases.Lost(5, leases.Held.EpochOf(5) + 1);
        Assert.True(leases.Held.Holds(5));
        leases.Lost(5, leases.Held.EpochOf(5));

        // It was not lost in truth: the beat that this has woken finds it its own.
        await UntilAsync(() => Volatile.Read(ref changes) >= 2);
        Assert.True(leases.Held.Holds(5));
    }

    [Fact]
    public async Task LiveMessages_OfAnother_ComeInOrderForChannelsThatAreFollowed()
    {
        await using var store = await OpenAsync();
        await using var other = await BesideAsync(store);
        var app = await store.AddAppAsync();
        var (live, listening) = (store.Get<ILiveStore>(), other.Get<ILiveStore>());
        var heard = new List<(string Channel, long Sequence)>();
        listening.Followed = (_, channel) => channel == "news";
        listening.Appended += (_, channel, entry) =>
        {
            lock (heard)
            {
                heard.Add((channel, entry.Sequence));
            }
        };

        var sequences = new List<long>();
        for (var number = 0; number < 50; number++)
        {
            await live.AppendAsync(app, Message("other"), Stop);
            sequences.Add((await live.AppendAsync(app, Message("news"), Stop)).Sequence);
        }

        await UntilAsync(() =>
        {
            lock (heard)
            {
                return heard.Count > 0 && heard[^1].Sequence == sequences[^1];
            }
        });
        // One that was read before its bell was heard is told again; whoever follows has it already.
        Assert.Equal(sequences, heard.Select(entry => entry.Sequence).Distinct());
        Assert.All(heard, entry => Assert.Equal("news", entry.Channel));

        LiveMessage Message(string channel) => new() { Id = "m", Channel = channel, Type = "t", SentAt = store.Time.GetUtcNow() };
    }

    /// <summary>One that has no keys for what the others have encrypted leaves the sending to them, instead of rejecting its part.</summary>
    [Fact]
    public async Task Join_WithoutTheKeysOfTheOthers_GetsNoShards()
    {
        await using var store = await OpenAsync();
        await store.Get<IShardLeases>().JoinAsync(Stop);
        await store.Apps.PutAsync("news", "News", Stop);
        await store.Apps.PutCredentialAsync("news", AppStoreTests.Apns("KEY"), Stop);
        await using (var connection = new NpgsqlConnection(store.ConnectionString + ";Pooling=false"))
        {
            await connection.OpenAsync(Stop);
            await using var command = new NpgsqlCommand("UPDATE ProviderCredentials SET Secret = '\\x00'", connection);
            await command.ExecuteNonQueryAsync(Stop);
        }

        await using var other = await BesideAsync(store);
        await other.Get<IShardLeases>().JoinAsync(Stop);

        var nodes = await other.Get<INodeDirectory>().ListAsync(Stop);
        Assert.Equal([NodeState.Running, NodeState.Leaving], nodes.Select(node => node.State));
        var first = store.Get<IShardLeases>();
        for (var beat = 0; beat < 3; beat++)
        {
            var seen = (await other.Get<INodeDirectory>().ListAsync(Stop))[0].SeenAt;
            await UntilAsync(async () => (await other.Get<INodeDirectory>().ListAsync(Stop))[0].SeenAt > seen);
            Assert.Equal((Shard.Count, 0), (first.Held.Count, other.Get<IShardLeases>().Held.Count));
        }

        // Whoever sets the credential again has made good what was lost.
        await other.Apps.PutCredentialAsync("news", AppStoreTests.Apns("KEY"), Stop);
        await UntilAsync(() =>
        {
            Enumerable.Range(0, Shard.Count).Where(shard => !first.Held.Holds(shard)).ToList().ForEach(first.Left);
            return other.Get<IShardLeases>().Held.Count == Shard.Count / 2;
        });
    }

    private Task<TestStore> OpenAsync() => TestStore.OpenAsync(cluster, Short, systemTime: true);

    private static Task<TestStore> BesideAsync(TestStore store, bool systemTime = true) => store.OpenBesideAsync(configure: Short, systemTime: systemTime);

    private static void Short(Dictionary<string, string?> settings) => settings["PushGateway:Storage:LeaseDuration"] = "00:00:02";

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < s_limit, "It does not come true.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Stop);
        }
    }
}
