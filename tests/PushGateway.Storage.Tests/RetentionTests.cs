using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class RetentionTests(TestDatabase database) : StoreTests(database)
{
    private static readonly TimeSpan s_retention = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_removals = TimeSpan.FromDays(7);
    private static readonly string[] s_ofEvents = ["Events", "FanOutShards", "OutcomePages", "Deferred", "IdempotencyKeys"];

    [Fact]
    public async Task Run_FinalForTheWholeRetention_LeavesNothingOfTheEventAndItsKey()
    {
        await using var store = await OpenAsync();
        var app = await AddAudienceAsync(store);
        var old = await SendAsync(store, app, "old");
        store.Time.Advance(s_retention - TimeSpan.FromMilliseconds(1));
        await RunAllAsync(store);
        Assert.Equal(["old"], await IdsAsync(store, app));
        Assert.Equal(10, (await store.Events.ListReceiptsAsync(old, null, 100, null, Stop)).Items.Count);

        store.Time.Advance(TimeSpan.FromMilliseconds(1));
        var young = await SendAsync(store, app, "young");
        await RunAllAsync(store);

        Assert.Equal(["young"], await IdsAsync(store, app));
        Assert.Null(await store.Events.FindAsync(app, "old", Stop));
        Assert.Equal(young.Account.Counts, (await store.Events.FindAsync(app, "young", Stop))!.Account.Counts);
        Assert.Equal(10, (await store.Events.ListReceiptsAsync(young, null, 100, null, Stop)).Items.Count);
        foreach (var table in s_ofEvents.Where(table => table != "IdempotencyKeys"))
        {
            Assert.Equal(0, await CountAsync(store, table, $"EventKey = {old.Key}"));
        }

        Assert.Equal(1, await CountAsync(store, "IdempotencyKeys"));
        Assert.Equal(10, (await store.ReadAllAsync(Query(app, Audience.All))).Count);
    }

    [Fact]
    public async Task Run_EventsThatAreNotFinal_StayHoweverOldTheyAre()
    {
        await using var store = await OpenAsync();
        var app = await AddAudienceAsync(store);
        var paused = (await store.Events.PublishAsync(app, Event("paused", store: store), null, Stop)).Event!;
        await store.Events.ControlAsync(app, "paused", EventControl.Pause, Stop);
        await store.Events.PublishAsync(app, Event("later", store: store, sendAt: store.Time.GetUtcNow().AddDays(365)), null, Stop);
        var deferred = (await store.Events.PublishAsync(app, Event("deferred", store: store), null, Stop)).Event!;
        await CommitAsync(store, app, deferred.Key, ReceiptOutcome.Pending);

        store.Time.Advance(s_retention * 11);
        await RunAllAsync(store);

        Assert.Equal(["deferred", "later", "paused"], await IdsAsync(store, app));
        Assert.Equal(10, (await store.FanOuts.FindWorkAsync(deferred.Key, Stop))!.Event.Account.Counts.Pending);
        Assert.Equal(10, await CountAsync(store, "Deferred"));
        Assert.NotEmpty((await store.FanOuts.FindWorkAsync(paused.Key, Stop))!.Plan.Shards);
    }

    [Fact]
    public async Task Run_IdempotencyKeys_GoAfterTheirSevenDaysAndNotBefore()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Events.PublishAsync(app, Event("e", store: store), Key("k"), Stop);
        store.Time.Advance(IdempotencyKey.Retention - TimeSpan.FromMilliseconds(1));
        await RunAllAsync(store);
        Assert.Equal(PublishStatus.Replayed, (await store.Events.PublishAsync(app, Event("again", store: store), Key("k"), Stop)).Status);

        store.Time.Advance(TimeSpan.FromMilliseconds(1));
        await RunAllAsync(store);

        Assert.Equal(0, await CountAsync(store, "IdempotencyKeys"));
        Assert.Equal(["e"], await IdsAsync(store, app));
    }

    [Fact]
    public async Task Run_RemovedDevices_StayWhileAReceiptNamesThem()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await AddAudienceAsync(store), await store.AddAppAsync("other"));
        await store.Devices.RemoveAsync(app, "d0", Stop); // Before any event.
        store.Time.Advance(TimeSpan.FromDays(1));
        await SendAsync(store, app, "first");
        store.Time.Advance(TimeSpan.FromDays(1));
        await store.Devices.RemoveAsync(app, "d1", Stop);
        store.Time.Advance(TimeSpan.FromHours(2)); // More than what a corrected clock is allowed.
        await SendAsync(store, app, "second");
        store.Time.Advance(TimeSpan.FromDays(1));
        await store.Devices.RemoveAsync(app, "d2", Stop);

        // Another app's events name none of these, and these keep none of its devices.
        await store.Devices.RegisterAsync(other, Device("o"), Stop);
        await store.Devices.RemoveAsync(other, "o", Stop);
        await RunAllAsync(store);
        Assert.Equal(["d1", "d2", "o"], await RemovedAsync(store));

        store.Time.Advance(TimeSpan.FromHours(2));
        await RunAllAsync(store);
        Assert.Equal(["d1", "d2"], await RemovedAsync(store));

        store.Time.Advance(s_retention - TimeSpan.FromDays(2));
        await RunAllAsync(store);
        Assert.Equal(["second"], await IdsAsync(store, app));
        Assert.Equal(["d2"], await RemovedAsync(store));
        var second = (await store.Events.FindAsync(app, "second", Stop))!;
        Assert.Equal(
            Enumerable.Range(2, 8).Select(number => $"d{number}"),
            (await store.Events.ListReceiptsAsync(second, null, 100, null, Stop)).Items.Select(receipt => receipt.DeviceId).Order());
        Assert.NotNull(await store.Events.FindReceiptAsync(second, "d2", Stop));

        store.Time.Advance(s_retention);
        await RunAllAsync(store);
        Assert.Empty(await RemovedAsync(store));
        Assert.Empty(await IdsAsync(store, app));
        Assert.Equal(7, (await store.ReadAllAsync(Query(app, Audience.All))).Count);
    }

    [Fact]
    public async Task Run_OneRowAtATime_NeverShowsHalfAnEvent()
    {
        await using var store = await OpenAsync(KeepLong);
        var app = await AddAudienceAsync(store);
        await SendAsync(store, app, "one");
        await SendAsync(store, app, "two");
        store.Time.Advance(s_retention);
        var steps = 0;
        for (var more = true; more; steps++)
        {
            more = await store.Writer.RunAsync(session => RetentionStep.Run(session, s_retention, s_removals, 1), Stop);
            foreach (var record in await store.Events.ListAsync(app, null, 10, Stop))
            {
                Assert.Equal(10, record.Account.Counts.Accepted);
                Assert.Equal(10, (await store.Events.ListReceiptsAsync(record, null, 100, null, Stop)).Items.Count);
            }
        }

        Assert.True(steps > 10, $"{steps} steps.");
        foreach (var table in s_ofEvents)
        {
            Assert.Equal(0, await CountAsync(store, table));
        }
    }

    [Fact]
    public async Task Worker_TimePasses_RemovesInStepsWithoutBeingAsked()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:PurgeStepRows"] = "3");
        var app = await AddAudienceAsync(store);
        await SendAsync(store, app, "old");
        store.Time.Advance(s_retention);

        await PassTimeUntilAsync(store, async () => (await IdsAsync(store, app)).Count == 0 && await CountAsync(store, "FanOutShards") == 0);

        Assert.Equal(0, await CountAsync(store, "OutcomePages"));
    }

    [Fact]
    public async Task Worker_StartOverAnOldStore_GoesOnWhereTheLastOneEnded()
    {
        var store = await OpenAsync(KeepLong);
        var app = await AddAudienceAsync(store);
        await SendAsync(store, app, "old");
        store.Time.Advance(s_retention);
        Assert.True(await store.Writer.RunAsync(session => RetentionStep.Run(session, s_retention, s_removals, 1), Stop));
        Assert.Empty(await IdsAsync(store, app));
        Assert.NotEqual(0, await CountAsync(store, "FanOutShards"));

        await using var reopened = await store.ReopenAsync();

        await PassTimeUntilAsync(reopened, async () => await CountAsync(reopened, "Events") == 0);
        Assert.Equal(0, await CountAsync(reopened, "FanOutShards"));
    }

    /// <summary>Leaves the events to the steps of the test: for the store's own worker they are too young.</summary>
    private static void KeepLong(Dictionary<string, string?> settings) => settings["PushGateway:Storage:Retention"] = "3653.00:00:00";

    private static async Task<int> AddAudienceAsync(TestStore store)
    {
        var app = await store.AddAppAsync();
        for (var number = 0; number < 10; number++)
        {
            await store.Devices.RegisterAsync(app, Device($"d{number}"), Stop);
        }

        return app;
    }

    /// <summary>Publishes to everybody, has everybody accept, and makes the event final: all at this moment.</summary>
    private static async Task<EventRecord> SendAsync(TestStore store, int app, string id)
    {
        var published = (await store.Events.PublishAsync(app, Event(id, store: store), Key(id), Stop)).Event!;
        await CommitAsync(store, app, published.Key, ReceiptOutcome.Accepted);
        return await store.FanOuts.CompleteAsync(published.Key, EventState.Completed, store.Time.GetUtcNow(), Stop);
    }

    private static async Task CommitAsync(TestStore store, int app, long eventKey, ReceiptOutcome outcome)
    {
        var now = store.Time.GetUtcNow();
        var work = (await store.FanOuts.FindWorkAsync(eventKey, Stop))!;
        var rows = (await store.ReadAllAsync(Query(app, Audience.All))).ToLookup(row => row.Shard, row => row.Row);
        foreach (var shard in work.Plan.Shards.Select(shard => shard.Shard).Distinct())
        {
            var devices = rows[shard].ToList();
            var receipts = new ReceiptBlob.Writer();
            devices.ForEach(device => receipts.Add(device.DeviceKey, device.Provider, outcome, outcome == ReceiptOutcome.Pending ? "Throttled" : null));
            var counts = outcome == ReceiptOutcome.Pending ? new OutcomeCounts(0, 0, 0, 0, 0, devices.Count) : new OutcomeCounts(devices.Count, 0, 0, 0, 0, 0);
            await store.FanOuts.CommitPageAsync(new PageCommit
            {
                EventKey = eventKey,
                AppKey = app,
                Shard = shard,
                RecordedAt = now,
                Advances = ProviderSet.All,
                IsLast = true,
                Receipts = devices.Count == 0 ? default(ReadOnlyMemory<byte>) : receipts.Write(),
                Accounts = [new PageAccount(ProviderKind.Apns, counts, new Dictionary<string, long>(), devices.Count)],
                Deferred = outcome == ReceiptOutcome.Pending
                    ? [.. devices.Select(device => new DeferredDevice(device.SubscriberKey, device.DeviceKey, ProviderKind.Apns, 1, now.AddHours(1), "Throttled"))]
                    : [],
            }, Stop);
        }
    }

    /// <summary>All steps there are, one behind the other.</summary>
    private static async Task RunAllAsync(TestStore store)
    {
        while (await store.Writer.RunAsync(session => RetentionStep.Run(session, s_retention, s_removals, 100), Stop))
        {
        }
    }

    // The worker waits by the clock that is advanced here; how many of its waits have begun by then nobody knows.
    private static async Task PassTimeUntilAsync(TestStore store, Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            store.Time.Advance(RetentionWorker.Interval);
            await Task.Yield();
        }
    }

    private static async Task<List<string>> IdsAsync(TestStore store, int app) =>
        [.. (await store.Events.ListAsync(app, null, 100, Stop)).Select(record => record.Event.Id).Order(StringComparer.Ordinal)];

    private static async Task<List<string>> RemovedAsync(TestStore store) => await store.Reads.ReadAsync(
        session =>
        {
            var ids = new List<string>();
            var row = session.Statement("SELECT DeviceId FROM RemovedDevices ORDER BY DeviceId");
            while (row.Step())
            {
                ids.Add(row.Text(0));
            }

            return ids;
        },
        Stop);

    private static async Task<long?> CountAsync(TestStore store, string table, string condition = "1 = 1") =>
        await store.Reads.ReadAsync(session => session.Statement($"SELECT count(*) FROM {table} WHERE {condition}").ScalarInt64(), Stop);
}
