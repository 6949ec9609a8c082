using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class EventStoreTests(TestDatabase database) : StoreTests(database)
{
    private static readonly string[] s_subscribers = ["anna", "berta", "carla"];

    [Fact]
    public async Task PublishAsync_NewEvent_IsStoredWithAPlanForShardsThatHaveSomebody()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. s_subscribers.Select(id => new Core.Devices.DeviceImport(Device(id), ["news"]))], Stop);
        var shards = s_subscribers.Select(Core.Shard.Of).Distinct().Order().ToList();

        var receipt = await store.Events.PublishAsync(app, Event("e1", Channels("news"), store: store), null, Stop);

        Assert.Equal(PublishStatus.Published, receipt.Status);
        Assert.Equal(3, receipt.Event!.EstimatedAudience);
        Assert.Equal(EventState.Dispatching, receipt.Event.State);
        Assert.Equal(
            shards.SelectMany(shard => ProviderKinds.All.Select(provider => (shard, provider))),
            receipt.Plan!.Shards.Select(shard => (shard.Shard, shard.Provider)));
        Assert.Equivalent(receipt.Event, await store.Events.FindAsync(app, "e1", Stop));
        Assert.Null(await store.Events.FindAsync(app + 1, "e1", Stop));
        var work = Assert.Single(await store.FanOuts.LoadUnfinishedAsync(store.Time.GetUtcNow(), 0, 10, Stop));
        Assert.Equal(receipt.Plan.Shards.Count, work.Plan.Shards.Count);
    }

    [Theory]
    [InlineData(AudienceKind.Subscribers, "anna")]
    [InlineData(AudienceKind.Devices, "phone")]
    public async Task PublishAsync_ToIds_PlansTheirShardsAndTheFiltersProviders(AudienceKind kind, string id)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("phone", "anna"), Stop);

        var receipt = await store.Events.PublishAsync(
            app, Event("e1", new Audience(kind, [id, "unknown"]), new AudienceFilter { Providers = ProviderSet.Fcm }), null, Stop);

        Assert.Equal(1, receipt.Event!.EstimatedAudience);
        Assert.Equal([(Core.Shard.Of("anna"), ProviderKind.Fcm)], receipt.Plan!.Shards.Select(shard => (shard.Shard, shard.Provider)));
    }

    [Fact]
    public async Task Search_OfEventsOfEveryState_FindsWhatHasBegunWhatComesNextAndWhatIsDone()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var now = store.Time.GetUtcNow();
        foreach (var (id, minutes) in new[] { ("later", 30), ("soon", 10), ("paused", 20), ("running", 0), ("done", 0), ("done-before", 0) })
        {
            var receipt = await store.Events.PublishAsync(app, Event(id, Channels("nobody"), store: store, sendAt: minutes == 0 ? null : now.AddMinutes(minutes)), null, Stop);
            if (id.StartsWith("done", StringComparison.Ordinal))
            {
                await store.FanOuts.CompleteAsync(receipt.Event!.Key, EventState.Completed, now.AddSeconds(id == "done" ? 2 : 1), Stop);
            }
        }

        await store.Events.ControlAsync(app, "paused", EventControl.Pause, Stop);
        var search = store.Get<IEventSearch>();

        Assert.Equal(["running", "paused"], Ids(await search.ListBegunAsync(10, Stop)));
        Assert.Equal(["running"], Ids(await search.ListBegunAsync(1, Stop)));
        Assert.Equal(["soon", "later"], Ids(await search.ListScheduledAsync(10, Stop)));
        Assert.Equal(["soon"], Ids(await search.ListScheduledAsync(1, Stop)));
        Assert.Equal(2, await search.CountScheduledAsync(Stop));
        Assert.Equal(["done", "done-before"], Ids(await search.ListFinishedAsync(10, Stop)));

        static IEnumerable<string> Ids(IReadOnlyList<EventHit> hits) => hits.Select(hit => hit.EventId);
    }

    [Fact]
    public async Task PublishAsync_NobodyThere_PlansNothing()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var receipt = await store.Events.PublishAsync(app, Event("e1", Channels("nobody")), null, Stop);

        Assert.Empty(receipt.Plan!.Shards);
        var done = await store.FanOuts.CompleteAsync(receipt.Event!.Key, EventState.Completed, store.Time.GetUtcNow(), Stop);
        Assert.Equal(0, done.Account.Counts.Targeted);
        Assert.Null(done.Timings.Accepted50At);
    }

    [Fact]
    public async Task PublishAsync_SameKeyAgain_ReplaysTheEventAsFirstPublished()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d1"), Stop);
        var first = await store.Events.PublishAsync(app, Event("e1", store: store, sendAt: store.Time.GetUtcNow().AddHours(1)), Key("k"), Stop);
        await store.FanOuts.MarkStartedAsync(first.Event!.Key, store.Time.GetUtcNow(), Stop);
        await store.Devices.RegisterAsync(app, Device("d2"), Stop);

        var replay = await store.Events.PublishAsync(app, Event("e2", store: store), Key("k"), Stop);

        Assert.Equal(PublishStatus.Replayed, replay.Status);
        Assert.Null(replay.Plan);
        Assert.Equivalent(first.Event, replay.Event);
        Assert.Equal(EventState.Scheduled, replay.Event!.State);
        Assert.Null(await store.Events.FindAsync(app, "e2", Stop));
    }

    [Fact]
    public async Task PublishAsync_SameKeyOtherRequest_IsRefused()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await store.AddAppAsync(), await store.AddAppAsync("other"));
        await store.Events.PublishAsync(app, Event("e1"), Key("k"), Stop);

        var reused = await store.Events.PublishAsync(app, Event("e2"), Key("k", request: 2), Stop);

        Assert.Equal(PublishStatus.KeyReused, reused.Status);
        Assert.Null(reused.Event);
        Assert.Equal(PublishStatus.Published, (await store.Events.PublishAsync(other, Event("e3"), Key("k", request: 2), Stop)).Status);
    }

    [Fact]
    public async Task PublishAsync_KeyOlderThanSevenDays_IsForgotten()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Events.PublishAsync(app, Event("e1"), Key("k"), Stop);
        store.Time.Advance(IdempotencyKey.Retention - TimeSpan.FromMilliseconds(1));
        Assert.Equal(PublishStatus.Replayed, (await store.Events.PublishAsync(app, Event("e2"), Key("k"), Stop)).Status);

        store.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PublishStatus.Published, (await store.Events.PublishAsync(app, Event("e3"), Key("k", request: 2), Stop)).Status);
    }

    [Fact]
    public async Task PublishAsync_FiftyRacingWithOneKey_PublishOneEvent()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var receipts = await Task.WhenAll(Enumerable.Range(0, 50).Select(number =>
            Task.Run(() => store.Events.PublishAsync(app, Event($"e{number}"), Key("k"), Stop), Stop)));

        var published = Assert.Single(receipts, receipt => receipt.Status == PublishStatus.Published);
        Assert.All(receipts, receipt => Assert.Equal(published.Event!.Event.Id, receipt.Event!.Event.Id));
        Assert.Single(await store.Events.ListAsync(app, null, 100, Stop));
    }

    [Fact]
    public async Task ListAsync_PagesBackwards_GivesNewestFirst()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await store.AddAppAsync(), await store.AddAppAsync("other"));
        for (var number = 0; number < 7; number++)
        {
            await store.Events.PublishAsync(app, Event($"e{number}"), null, Stop);
            await store.Events.PublishAsync(other, Event($"o{number}"), null, Stop);
        }

        var first = await store.Events.ListAsync(app, null, 4, Stop);
        var rest = await store.Events.ListAsync(app, first[^1].Key, 4, Stop);

        Assert.Equal(["e6", "e5", "e4", "e3", "e2", "e1", "e0"], first.Concat(rest).Select(record => record.Event.Id));
    }

    [Fact]
    public async Task ControlAsync_PauseRunCancel_FollowTheStates()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Events.PublishAsync(app, Event("now", store: store), null, Stop);
        await store.Events.PublishAsync(app, Event("later", store: store, sendAt: store.Time.GetUtcNow().AddHours(1)), null, Stop);

        async Task<(EventState, EventControl, bool)> Control(string id, EventControl control)
        {
            var (record, allowed) = (await store.Events.ControlAsync(app, id, control, Stop)).GetValueOrDefault();
            return (record.State, record.Control, allowed);
        }

        Assert.Equal((EventState.Paused, EventControl.Pause, true), await Control("now", EventControl.Pause));
        Assert.Equal((EventState.Paused, EventControl.Pause, true), await Control("now", EventControl.Pause));
        Assert.Equal((EventState.Dispatching, EventControl.Run, true), await Control("now", EventControl.Run));
        Assert.Equal((EventState.Paused, EventControl.Pause, true), await Control("later", EventControl.Pause));
        Assert.Equal((EventState.Scheduled, EventControl.Run, true), await Control("later", EventControl.Run));
        await Control("later", EventControl.Pause);
        store.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal((EventState.Dispatching, EventControl.Run, true), await Control("later", EventControl.Run));
        Assert.Equal((EventState.Dispatching, EventControl.Cancel, true), await Control("later", EventControl.Cancel));
        Assert.Equal((EventState.Dispatching, EventControl.Cancel, true), await Control("later", EventControl.Cancel));
        Assert.Equal((EventState.Dispatching, EventControl.Cancel, false), await Control("later", EventControl.Run));
        Assert.Null(await store.Events.ControlAsync(app, "unknown", EventControl.Pause, Stop));

        var key = (await store.Events.FindAsync(app, "later", Stop))!.Key;
        await store.FanOuts.CompleteAsync(key, EventState.Cancelled, store.Time.GetUtcNow(), Stop);
        Assert.Equal((EventState.Cancelled, EventControl.Cancel, false), await Control("later", EventControl.Cancel));
    }

    [Fact]
    public async Task LoadUnfinishedAsync_EventsOfAllStates_GivesThoseWithWorkOldestFirst()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var soon = store.Time.GetUtcNow().AddHours(1);
        var keys = new Dictionary<string, long>();
        foreach (var (id, sendAt) in new (string, DateTimeOffset?)[] { ("a", null), ("done", null), ("paused", null), ("b", soon), ("c", null), ("far", soon.AddDays(1)), ("cancelled", null) })
        {
            keys[id] = (await store.Events.PublishAsync(app, Event(id, store: store, sendAt: sendAt), null, Stop)).Event!.Key;
        }

        await store.FanOuts.CompleteAsync(keys["done"], EventState.Completed, soon, Stop);
        await store.Events.ControlAsync(app, "paused", EventControl.Pause, Stop);
        await store.Events.ControlAsync(app, "cancelled", EventControl.Pause, Stop);
        await store.Events.ControlAsync(app, "cancelled", EventControl.Cancel, Stop);

        async Task<string> Load(DateTimeOffset startsBefore, long afterKey, int limit) => string.Join(
            ' ', (await store.FanOuts.LoadUnfinishedAsync(startsBefore, afterKey, limit, Stop)).Select(work => work.Event.Event.Id));

        Assert.Equal("a b c cancelled", await Load(soon, 0, 10));
        Assert.Equal("a c cancelled", await Load(soon.AddMinutes(-1), 0, 10));
        Assert.Equal("a b", await Load(soon, 0, 2));
        Assert.Equal("c cancelled", await Load(soon, keys["b"], 10));
    }

    [Fact]
    public async Task MarkStartedAsync_ScheduledThenAgain_StartsOnce()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var at = store.Time.GetUtcNow().AddHours(1);
        var key = (await store.Events.PublishAsync(app, Event("e1", store: store, sendAt: at), null, Stop)).Event!.Key;

        await store.FanOuts.MarkStartedAsync(key, at, Stop);
        await store.FanOuts.MarkStartedAsync(key, at.AddHours(1), Stop);

        var work = await store.FanOuts.FindWorkAsync(key, Stop);
        Assert.Equal(EventState.Dispatching, work!.Event.State);
        Assert.Equal(at, work.Event.Timings.StartedAt);
        Assert.Null(await store.FanOuts.FindWorkAsync(key + 1_000, Stop));
    }
}
