using PushGateway.Core.Devices;
using PushGateway.Core.Engagement;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Subscribers;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Subscribers;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class SubscriberStoreTests(TestDatabase database) : StoreTests(database)
{
    private static readonly string[] s_withSubscribers = ["Subscribers", "Devices", "Subscriptions", "RemovedDevices", "Removals"];

    [Fact]
    public async Task DeleteAsync_EverythingThereIs_LeavesNothingOfTheirsAndAllOfOthers()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        var key = await KeyAsync(store, "ana");
        await store.Devices.RemoveAsync(app, "a2", Stop);
        await RemoveByFeedbackAsync(store, app, "a3", isHeld: false);
        await RemoveByFeedbackAsync(store, app, "a4", isHeld: true);
        await store.Get<IOpenStore>().RecordAsync(app, null, [new("event-a3", "a1"), new("event-a3", "b1")], Stop);
        var today = (int)(store.Time.GetUtcNow().ToUnixTimeMilliseconds() / 86_400_000);
        var ben = await KeyAsync(store, "ben");
        await ChargeAsync(store, app, today, "ana");
        await ChargeAsync(store, app, today, "ben");

        Assert.True(await store.Get<ISubscriberStore>().DeleteAsync(app, "ana", Stop));

        foreach (var table in s_withSubscribers)
        {
            Assert.Equal(0, await CountAsync(store, table, "SubscriberKey", key));
        }

        Assert.Equal(1, await CountAsync(store, "OpenedDevices"));
        Assert.Equal(0, await CountAsync(store, "SubscriberPurges"));
        Assert.Empty(await ChargesAsync(store, app, today, "ana", key));
        Assert.NotEmpty(await ChargesAsync(store, app, today, "ben", ben));
        Assert.Null(await store.Devices.FindAsync(app, "a1", Stop));
        Assert.Empty(await store.Devices.ListChannelsAsync(app, "ana", Stop));
        Assert.Equal(["b1"], (await store.Devices.ListBySubscriberAsync(app, "ben", Stop)).Select(device => device.Registration.DeviceId));
        Assert.Equal(["token-of-b1"], (await store.ReadAllAsync(Query(app, Audience.All))).Select(row => row.Token));
        Assert.Equal((1, 1), (await store.Events.EstimateAudienceAsync(app, Audience.All, Stop), await store.Devices.CountSubscribersAsync(app, "news", Stop)));
        Assert.Equal(0, await store.Devices.CountSubscribersAsync(app, "sport", Stop));

        // What was counted stays counted, and the account stays what it was; a receipt has lost its device.
        var record = (await store.Events.FindAsync(app, "event-a3", Stop))!;
        Assert.Equal(2, record.Opened);
        Assert.Equal([string.Empty], (await store.Events.ListReceiptsAsync(record, null, 10, null, Stop)).Items.Select(receipt => receipt.DeviceId));
        Assert.Null(await store.Events.FindReceiptAsync(record, "a3", Stop));

        // Repeating it changes nothing, and there is nothing to bring back.
        Assert.False(await store.Get<ISubscriberStore>().DeleteAsync(app, "ana", Stop));
        Assert.Equal(0, (await store.Get<IRemovalStore>().UndoManyAsync(app, new RemovalFilter(), Stop)).Done);
        Assert.Equal((0, 0), ((await store.Get<IRemovalStore>().ReleaseAsync(app, ProviderKind.Apns, apply: false, TimeSpan.Zero, Stop)).Done, await CountAsync(store, "Removals")));
    }

    [Fact]
    public async Task DeleteAsync_InStepsOfOneRow_IsAsExact()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:PurgeStepRows"] = "1");
        var app = await AddAsync(store);
        await store.Events.PublishAsync(app, Event("one", store: store), null, Stop);
        await store.Get<IOpenStore>().RecordAsync(app, null, [new("one", "a1"), new("one", "a2"), new("one", "b1")], Stop);

        await store.Get<ISubscriberStore>().DeleteAsync(app, "ana", Stop);

        Assert.Equal((1, 1, 1, 1), (await CountAsync(store, "Devices"), await CountAsync(store, "Subscribers"), await CountAsync(store, "Subscriptions"), await CountAsync(store, "OpenedDevices")));
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
    }

    /// <summary>A request may have been let in before, and come to the writer after.</summary>
    [Fact]
    public async Task OwnChange_ByATokenFromBeforeTheDeletion_ChangesNothing()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        var own = store.Get<ISubscriberDevices>();
        var before = store.Time.GetUtcNow();
        store.Time.Advance(TimeSpan.FromSeconds(1));
        await store.Get<ISubscriberStore>().DeleteAsync(app, "ana", Stop);

        Assert.Equal(OwnChangeStatus.SubscriberDeleted, (await own.RegisterOwnAsync(app, Device("a9", "ana"), 9, before, Stop)).Status);
        Assert.Equal(OwnChangeStatus.SubscriberDeleted, await own.SubscribeOwnAsync(app, "news", "ana", 9, before, Stop));
        Assert.Null(await store.Get<ISubscriberStore>().FindAsync(app, "ana", Stop));

        var after = store.Time.GetUtcNow() + TimeSpan.FromMilliseconds(1);
        Assert.Equal(OwnChangeStatus.Done, (await own.RegisterOwnAsync(app, Device("a9", "ana"), 9, after, Stop)).Status);
        Assert.Equal(OwnChangeStatus.Done, (await own.RegisterOwnAsync(app, Device("b9", "ben"), 9, before, Stop)).Status);
    }

    /// <summary>Before everything of theirs is gone, which may take a while.</summary>
    [Fact]
    public async Task UndoAsync_OfADeletedSubscribersDevice_BringsNothingBack()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        await RemoveByFeedbackAsync(store, app, "a3", isHeld: false);
        await store.Writer.RunAsync(session => SubscriberPurge.Begin(session, app, "ana"), Stop);

        var undone = await store.Get<IRemovalStore>().UndoManyAsync(app, new RemovalFilter(), Stop);

        Assert.Equal((0, 0), (undone.Done, undone.Skipped.Count));
        await store.Get<SubscriberPurger>().FinishAllAsync(Stop);
        Assert.Equal(["token-of-b1"], (await store.ReadAllAsync(Query(app, Audience.All))).Select(row => row.Token));
    }

    /// <summary>Whoever asked for it may have gone away; broadcasts would find the devices meanwhile.</summary>
    [Fact]
    public async Task DeleteAsync_CallerGoesAwayAfterTheBeginning_IsFinishedNevertheless()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        using var leaving = new CancellationTokenSource();
        var deleting = store.Get<ISubscriberStore>().DeleteAsync(app, "ana", leaving.Token);
        // Comes to the writer behind the beginning, and before all that follows on it.
        await store.Writer.RunAsync(_ => leaving.Cancel(), Stop);

        Assert.True(await deleting);
        Assert.Equal(["token-of-b1"], (await store.ReadAllAsync(Query(app, Audience.All))).Select(row => row.Token));
    }

    /// <summary>A phone whose first owner has signed out by removing the device.</summary>
    [Fact]
    public async Task FindAsync_TokenThatIsSomebodyElsesByNow_IsMasked()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        await store.Devices.RemoveAsync(app, "a1", Stop);
        await store.Devices.RemoveAsync(app, "a2", Stop);
        await store.Devices.RegisterAsync(app, Device("a1", "ben", token: "token-of-a1"), Stop);

        var ana = (await store.Get<ISubscriberStore>().FindAsync(app, "ana", Stop))!;

        Assert.Equal([("a1", DeviceToken.Mask("token-of-a1")), ("a2", "token-of-a2")], ana.Removed.Select(device => (device.DeviceId, device.Token)));
    }

    [Fact]
    public async Task DeleteAsync_StoppedInTheMiddle_IsFinishedByWhoeverComesNext()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        await store.Devices.RemoveAsync(app, "a2", Stop);
        var key = await KeyAsync(store, "ana");
        await store.Writer.RunAsync(session => SubscriberPurge.Begin(session, app, "ana"), Stop);

        // Whoever registers under the id in between is another one, and is not touched by what is left.
        await store.Devices.RegisterAsync(app, Device("new", "ana"), Stop);
        await store.Get<SubscriberPurger>().FinishAllAsync(Stop);

        foreach (var table in s_withSubscribers)
        {
            Assert.Equal(0, await CountAsync(store, table, "SubscriberKey", key));
        }

        Assert.Equal(["new"], (await store.Devices.ListBySubscriberAsync(app, "ana", Stop)).Select(device => device.Registration.DeviceId));
        Assert.Equal(2, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
    }

    [Fact]
    public async Task DeleteAsync_WhileAnEventIsBetweenItsPages_LeavesTheAccountExact()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        var rows = await store.ReadAllAsync(Query(app, Audience.All));
        var shard = Core.Shard.Of("ana");
        var mine = rows.Where(row => row.Shard == shard && row.Token != "token-of-b1").Select(row => row.Row).ToArray();
        var record = (await store.Events.PublishAsync(app, Event("one", store: store), null, Stop)).Event!;
        var now = store.Time.GetUtcNow();

        // One was sent to and is recorded later, one waits in the store.
        await store.FanOuts.CommitPageAsync(Page(app, record.Key, shard, now) with
        {
            Accounts = [new PageAccount(ProviderKind.Apns, new OutcomeCounts { Pending = 1 }, new Dictionary<string, long>(), 1)],
            Deferred = [new DeferredDevice(mine[0].SubscriberKey, mine[0].DeviceKey, ProviderKind.Apns, 1, now.AddSeconds(1), "TooManyRequests")],
        }, Stop);
        await store.Get<ISubscriberStore>().DeleteAsync(app, "ana", Stop);
        var receipts = new ReceiptBlob.Writer();
        receipts.Add(mine[1].DeviceKey, ProviderKind.Apns, ReceiptOutcome.Accepted, null);
        await store.FanOuts.CommitPageAsync(Page(app, record.Key, shard, now) with
        {
            Accounts = [new PageAccount(ProviderKind.Apns, new OutcomeCounts { Accepted = 1 }, new Dictionary<string, long>(), 1)],
            Receipts = receipts.Write(),
            Feedback = [new TokenFeedback(mine[1].SubscriberKey, mine[1].DeviceKey, ProviderKind.Apns, TokenVerdict.Remove, "Unregistered", mine[1].LastSeenMs, 0)],
        }, Stop);

        store.Time.Advance(TimeSpan.FromSeconds(2));
        var page = new AudiencePage(10);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), record.Key, shard, ProviderSet.All, store.Time.GetUtcNow(), page, Stop);

        // It is given as a device that is gone, which is accounted for as unregistered.
        Assert.Equal((1, mine[0].DeviceKey, 0), (page.Count, page[0].DeviceKey, page.Token(0).Length));
        var counts = (await store.Events.FindAsync(app, "one", Stop))!.Account.Counts;
        Assert.Equal((1, 1, 2), (counts.Accepted, counts.Pending, counts.Targeted));
        Assert.Equal(0, await CountAsync(store, "Removals"));
        Assert.Equal(0, await CountAsync(store, "RemovedDevices"));
    }

    [Fact]
    public async Task IsDeletedSince_TokensMadeBefore_AreOverAlsoAfterARestartAndUntilNoneCanBeLeft()
    {
        var store = await OpenAsync();
        var app = await AddAsync(store);
        var before = store.Time.GetUtcNow();
        store.Time.Advance(TimeSpan.FromMinutes(1));
        await store.Get<ISubscriberStore>().DeleteAsync(app, "ana", Stop);
        await store.Get<ISubscriberStore>().DeleteAsync(app, "nobody", Stop);
        store = await store.ReopenAsync();
        await using var _ = store;
        var deleted = store.Get<IDeletedSubscribers>();

        Assert.True(deleted.IsDeletedSince(app, "ana", before));
        Assert.True(deleted.IsDeletedSince(app, "ana", store.Time.GetUtcNow()));
        Assert.True(deleted.IsDeletedSince(app, "nobody", before));
        Assert.False(deleted.IsDeletedSince(app, "ana", store.Time.GetUtcNow().AddMilliseconds(1)));
        Assert.False(deleted.IsDeletedSince(app, "ben", before));
        Assert.False(deleted.IsDeletedSince(app + 1, "ana", before));

        store.Time.Advance(IDeletedSubscribers.TokenLifetime);
        await SweepAsync(store);
        Assert.True(deleted.IsDeletedSince(app, "ana", before));
        store.Time.Advance(TimeSpan.FromHours(2));
        await SweepAsync(store);
        Assert.False(deleted.IsDeletedSince(app, "ana", before));
        Assert.Equal(0, await CountAsync(store, "DeletedSubscribers"));
    }

    [Fact]
    public async Task DeleteAsync_MoreThanAreRemembered_EndsTheTokensOfTheWholeAppInstead()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await AddAsync(store), await store.AddAppAsync("other"));
        var deleted = store.Get<DeletedSubscribers>();
        deleted.Limit = 10;
        var first = store.Time.GetUtcNow();
        for (var number = 0; number < 30; number++)
        {
            store.Time.Advance(TimeSpan.FromSeconds(1));
            await store.Get<ISubscriberStore>().DeleteAsync(app, $"s{number}", Stop);
            Assert.True(deleted.IsDeletedSince(app, $"s{number}", store.Time.GetUtcNow()));
            Assert.True(await CountAsync(store, "DeletedSubscribers") <= 11);
        }

        // The oldest gave way, and none of their tokens is good for it.
        Assert.True(deleted.IsDeletedSince(app, "s0", first));
        Assert.True(deleted.IsDeletedSince(app, "ben", first));
        Assert.False(deleted.IsDeletedSince(app, "ben", store.Time.GetUtcNow()));
        Assert.False(deleted.IsDeletedSince(other, "ben", first));
    }

    [Fact]
    public async Task FindAsync_AndWhatWasSent_HaveAllThatIsKept()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        await RemoveByFeedbackAsync(store, app, "a3", isHeld: false);
        await store.Devices.RegisterAsync(app, Device("b9", "ben", token: "token-of-a4"), Stop);
        await store.Get<IOpenStore>().RecordAsync(app, null, [new("event-a3", "a1"), new("event-a3", "b1")], Stop);
        var subscribers = store.Get<ISubscriberStore>();

        var ana = (await subscribers.FindAsync(app, "ana", Stop))!;

        Assert.Equal(["a1", "a2"], ana.Devices.Select(device => device.Registration.DeviceId));
        Assert.Equal(["news", "sport"], ana.Channels);

        // The token went on to somebody else's phone: that one is not hers.
        Assert.Equal([("a3", "token-of-a3", "Unregistered"), ("a4", DeviceToken.Mask("token-of-a4"), "tokenMoved")], ana.Removed.Select(device => (device.DeviceId, device.Token, device.Reason)));
        var sent = new List<SentNotification>();
        await foreach (var item in subscribers.ReadSentAsync(ana, Stop))
        {
            sent.Add(item);
        }

        Assert.Equal([("event-a3", "a3", ReceiptOutcome.Unregistered, "Unregistered")], sent.Select(item => (item.EventId, item.DeviceId, item.Outcome, item.Reason)));
        var opened = new List<OpenedEvent>();
        await foreach (var item in subscribers.ReadOpenedAsync(ana, Stop))
        {
            opened.Add(item);
        }

        Assert.Equal([new OpenedEvent("event-a3", "a1")], opened);
        Assert.Null(await subscribers.FindAsync(app, "nobody", Stop));
    }

    [Fact]
    public async Task RegisterOwnAsync_DevicesOfOthers_AreTakenOverOnlyWithTheirToken()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        var own = store.Get<ISubscriberDevices>();

        Assert.Equal(OwnChangeStatus.Taken, (await own.RegisterOwnAsync(app, Device("a1", "eve", token: "token-of-eve"), 2, store.Time.GetUtcNow(), Stop)).Status);
        Assert.Equal(OwnChangeStatus.Taken, (await own.RegisterOwnAsync(app, Device("a1", "eve", token: "token-of-a1", ProviderKind.Fcm), 2, store.Time.GetUtcNow(), Stop)).Status);
        Assert.Equal("ana", (await store.Devices.FindAsync(app, "a1", Stop))!.Registration.SubscriberId);
        Assert.False(await own.RemoveOwnAsync(app, "eve", "a1", Stop));

        // The same phone with somebody else signed in.
        Assert.Equal((OwnChangeStatus.Done, RegistrationChange.Updated), Of(await own.RegisterOwnAsync(app, Device("a1", "eve", token: "token-of-a1"), 2, store.Time.GetUtcNow(), Stop)));
        Assert.Equal("eve", (await store.Devices.FindAsync(app, "a1", Stop))!.Registration.SubscriberId);
        Assert.Equal((OwnChangeStatus.Done, RegistrationChange.Created), Of(await own.RegisterOwnAsync(app, Device("e2", "eve"), 2, store.Time.GetUtcNow(), Stop)));
        Assert.Equal(OwnChangeStatus.TooMany, (await own.RegisterOwnAsync(app, Device("e3", "eve"), 2, store.Time.GetUtcNow(), Stop)).Status);
        Assert.Equal((OwnChangeStatus.Done, RegistrationChange.Unchanged), Of(await own.RegisterOwnAsync(app, Device("e2", "eve"), 2, store.Time.GetUtcNow(), Stop)));
        Assert.True(await own.RemoveOwnAsync(app, "eve", "e2", Stop));
        Assert.Equal(OwnChangeStatus.Done, (await own.RegisterOwnAsync(app, Device("e3", "eve"), 2, store.Time.GetUtcNow(), Stop)).Status);

        Assert.Equal(OwnChangeStatus.Done, await own.SubscribeOwnAsync(app, "one", "eve", 1, store.Time.GetUtcNow(), Stop));
        Assert.Equal(OwnChangeStatus.TooMany, await own.SubscribeOwnAsync(app, "two", "eve", 1, store.Time.GetUtcNow(), Stop));
        Assert.Equal(OwnChangeStatus.Done, await own.SubscribeOwnAsync(app, "one", "eve", 1, store.Time.GetUtcNow(), Stop));
        Assert.Equal(["one"], await store.Devices.ListChannelsAsync(app, "eve", Stop));

        static (OwnChangeStatus, RegistrationChange) Of(OwnRegistration registration) => (registration.Status, registration.Change);
    }

    [Fact]
    public async Task ExpireAsync_DevicesNotSeenForLong_AreRemovedRecordedAndCanBeUndone()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:DeviceExpiry"] = "30.00:00:00");
        var app = await AddAsync(store);
        var expiry = await ExpiryAsync(store);
        store.Time.Advance(TimeSpan.FromDays(29));
        await store.Devices.RegisterAsync(app, Device("b1", "ben"), Stop);

        Assert.Equal(0, await expiry.ExpireAsync(Stop));

        // Once a day.
        store.Time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(0, await expiry.ExpireAsync(Stop));
        store.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(4, await expiry.ExpireAsync(Stop));
        Assert.Equal(4, expiry.Removed);
        Assert.Equal(["token-of-b1"], (await store.ReadAllAsync(Query(app, Audience.All))).Select(row => row.Token));
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        var removals = (await store.Get<IRemovalStore>().ListAsync(app, new RemovalFilter(), 10, null, Stop)).Items;
        Assert.Equal(["a1", "a2", "a3", "a4"], removals.Select(removal => removal.DeviceId).Order());
        Assert.All(removals, removal => Assert.Equal((RemovalState.Removed, "stale", null, "ana"), (removal.State, removal.Reason, removal.EventId, removal.SubscriberId)));

        // Back, and gone again with the next pass unless it registers.
        Assert.Equal(4, (await store.Get<IRemovalStore>().UndoManyAsync(app, new RemovalFilter(), Stop)).Done);
        await store.Devices.RegisterAsync(app, Device("a1", "ana"), Stop);
        store.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(3, await expiry.ExpireAsync(Stop));
        Assert.NotNull(await store.Devices.FindAsync(app, "a1", Stop));
    }

    [Fact]
    public async Task ExpireAsync_RegisteredAfterItWasFound_Stays()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        var shard = Core.Shard.Of("ana");
        var (found, next) = await store.Reads.ReadAsync(session => DeviceExpiry.Find(session, shard, default, long.MaxValue, 2), Stop);
        Assert.Equal((2, true), (found.Count, next is not null));
        store.Time.Advance(TimeSpan.FromSeconds(1));
        await store.Devices.RegisterAsync(app, Device("a1", "ana"), Stop);

        Assert.Equal(1, await store.Writer.RunAsync(session => DeviceExpiry.Remove(session, shard, app, found, store.Get<Webhooks.WebhookOutbox>()), Stop));

        Assert.NotNull(await store.Devices.FindAsync(app, "a1", Stop));
        Assert.Null(await store.Devices.FindAsync(app, "a2", Stop));
    }

    [Fact]
    public async Task ExpireAsync_SwitchedOff_RemovesNothing()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:DeviceExpiry"] = "00:00:00");
        await AddAsync(store);
        var expiry = await ExpiryAsync(store);
        store.Time.Advance(TimeSpan.FromDays(5_000));

        Assert.Equal(0, await expiry.ExpireAsync(Stop));
    }

    /// <summary>Walks when it is told to, and not by itself.</summary>
    private static async Task<DeviceExpiryWorker> ExpiryAsync(TestStore store)
    {
        var expiry = store.Get<DeviceExpiryWorker>();
        await expiry.StopAsync();
        await store.Get<IShardLeases>().JoinAsync(Stop);
        expiry.Pause = TimeSpan.Zero;
        return expiry;
    }

    private static async Task<int> AddAsync(TestStore store)
    {
        var app = await store.AddAppAsync();
        foreach (var id in new[] { "a1", "a2", "a3", "a4" })
        {
            await store.Devices.RegisterAsync(app, Device(id, "ana"), Stop);
        }

        await store.Devices.RegisterAsync(app, Device("b1", "ben"), Stop);
        await store.Devices.SubscribeAsync(app, "news", "ana", Stop);
        await store.Devices.SubscribeAsync(app, "sport", "ana", Stop);
        await store.Devices.SubscribeAsync(app, "news", "ben", Stop);
        return app;
    }

    private static async Task RemoveByFeedbackAsync(TestStore store, int app, string deviceId, bool isHeld)
    {
        var row = (await store.ReadAllAsync(Query(app, Audience.All))).Single(row => row.Token == $"token-of-{deviceId}");
        var record = (await store.Events.PublishAsync(app, Event($"event-{deviceId}", store: store), null, Stop)).Event!;
        var receipts = new ReceiptBlob.Writer();
        receipts.Add(row.Row.DeviceKey, ProviderKind.Apns, ReceiptOutcome.Unregistered, "Unregistered");
        await store.FanOuts.CommitPageAsync(Page(app, record.Key, row.Shard, store.Time.GetUtcNow()) with
        {
            Receipts = receipts.Write(),
            Feedback = [new TokenFeedback(row.Row.SubscriberKey, row.Row.DeviceKey, ProviderKind.Apns, TokenVerdict.Remove, "Unregistered", row.Row.LastSeenMs, 0) { IsHeld = isHeld }],
            Holds = isHeld ? [new RemovalHoldStart(ProviderKind.Apns, 1_000, 500)] : [],
        }, Stop);
    }

    private static PageCommit Page(int app, long eventKey, int shard, DateTimeOffset at) => new() { EventKey = eventKey, AppKey = app, Shard = shard, RecordedAt = at };

    private static async Task ChargeAsync(TestStore store, int app, int day, string subscriber)
    {
        var record = (await store.Events.PublishAsync(app, Event($"charge-{subscriber}", store: store), null, Stop)).Event!;
        await store.FanOuts.CommitPageAsync(
            Page(app, record.Key, Core.Shard.Of(subscriber), store.Time.GetUtcNow()) with { Charges = new DailyCharges(day, [await KeyAsync(store, subscriber)]) }, Stop);
    }

    private static async Task<IEnumerable<long>> ChargesAsync(TestStore store, int app, int day, string subscriber, long key) =>
        (await store.FanOuts.ReadChargesAsync(app, Core.Shard.Of(subscriber), day, [key], Stop)).Keys;

    private static async Task SweepAsync(TestStore store)
    {
        while (await store.Writer.RunAsync(
            session => RetentionStep.Run(session, TimeSpan.FromDays(30), TimeSpan.FromDays(7), 100, store.Get<DeletedSubscribers>()), Stop))
        {
        }
    }

    private static async Task<long> KeyAsync(TestStore store, string subscriber) => await store.Reads.ReadAsync(
        session => session.Statement("SELECT SubscriberKey FROM Subscribers WHERE SubscriberId = ?1").Bind(1, subscriber).ScalarInt64()!.Value, Stop);

    private static async Task<long> CountAsync(TestStore store, string table) =>
        await store.Reads.ReadAsync(session => session.Statement($"SELECT count(*) FROM {table}").ScalarInt64() ?? 0, Stop);

    private static async Task<long> CountAsync(TestStore store, string table, string column, long key) =>
        await store.Reads.ReadAsync(session => session.Statement($"SELECT count(*) FROM {table} WHERE {column} = ?1").Bind(1, key).ScalarInt64() ?? 0, Stop);
}
