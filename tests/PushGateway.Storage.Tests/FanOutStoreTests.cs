using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class FanOutStoreTests(TestDatabase database) : StoreTests(database)
{
    private const string Subscriber = "anna";
    private static readonly int s_shard = Shard.Of(Subscriber);

    [Fact]
    public async Task CommitPageAsync_SeveralPages_AddUpAndMoveTheCursor()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 4);
        var at = store.Time.GetUtcNow().AddSeconds(1);

        await store.FanOuts.CommitPageAsync(Page(app, key, at) with
        {
            Advances = ProviderSet.Apns,
            End = new AudienceCursor(rows[1].SubscriberKey, rows[1].DeviceKey),
            Receipts = Receipts((rows[0], ReceiptOutcome.Accepted, null), (rows[1], ReceiptOutcome.Rejected, "BadTopic")),
            Accounts = [Account(new OutcomeCounts(1, 0, 1, 0, 0, 0), 3, ("BadTopic", 1))],
            FirstAcceptedAt = at.AddMilliseconds(-5),
        }, Stop);
        await store.FanOuts.CommitPageAsync(Page(app, key, at.AddSeconds(1)) with
        {
            Advances = ProviderSet.All,
            End = new AudienceCursor(rows[3].SubscriberKey, rows[3].DeviceKey),
            IsLast = true,
            Receipts = Receipts((rows[2], ReceiptOutcome.Accepted, null), (rows[3], ReceiptOutcome.Rejected, "BadTopic")),
            Accounts = [Account(new OutcomeCounts(1, 0, 1, 0, 0, 0), 2, ("BadTopic", 1))],
            FirstAcceptedAt = at.AddMilliseconds(900),
        }, Stop);

        var work = (await store.FanOuts.FindWorkAsync(key, Stop))!;
        Assert.Equal(new OutcomeCounts(2, 0, 2, 0, 0, 0), work.Event.Account.Counts);
        Assert.Equal(5, work.Event.Account.Attempts);
        Assert.Equal(2, work.Event.Account.Providers[ProviderKind.Apns].Reasons["BadTopic"]);
        Assert.False(work.Event.Account.Providers.ContainsKey(ProviderKind.Fcm));
        Assert.Equal(at.AddMilliseconds(-5), work.Event.Timings.FirstAcceptedAt);
        Assert.All(work.Plan.Shards, shard => Assert.True(shard.IsRead));
        Assert.All(work.Plan.Shards, shard => Assert.Equal(new AudienceCursor(rows[3].SubscriberKey, rows[3].DeviceKey), shard.Cursor));

        var done = await store.FanOuts.CompleteAsync(key, EventState.Completed, at.AddSeconds(2), Stop);
        Assert.Equal(EventState.Completed, done.State);
        Assert.Equal((at, at.AddSeconds(1), at.AddSeconds(1)), (done.Timings.Accepted50At, done.Timings.Accepted90At, done.Timings.Accepted99At));
        Assert.Equal(at.AddSeconds(2), done.Timings.CompletedAt);
        Assert.Equal([new CoursePoint(at, 1), new CoursePoint(at.AddSeconds(1), 2)], await store.Events.ReadCourseAsync(done, 10, Stop));
        Assert.Empty(await store.FanOuts.LoadUnfinishedAsync(at, 0, 10, Stop));
    }

    [Fact]
    public async Task CommitPageAsync_PartOfItImpossible_ChangesNothing()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1, new AudienceFilter { Providers = ProviderSet.Apns });

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.FanOuts.CommitPageAsync(Page(app, key, store.Time.GetUtcNow()) with
        {
            Advances = ProviderSet.All, // There is no fan-out for FCM.
            IsLast = true,
            Receipts = Receipts((rows[0], ReceiptOutcome.Accepted, null)),
            Accounts = [Account(new OutcomeCounts(1, 0, 0, 0, 0, 0), 1)],
        }, Stop));

        var work = (await store.FanOuts.FindWorkAsync(key, Stop))!;
        Assert.Equal(EventAccount.Empty, work.Event.Account);
        Assert.All(work.Plan.Shards, shard => Assert.Equal((default, false), (shard.Cursor, shard.IsRead)));
        Assert.Empty((await store.Events.ListReceiptsAsync(work.Event, null, 10, null, Stop)).Items);
    }

    /// <summary>Offered again until it is taken, it would hold its place among the pages in flight for as long as the process lives.</summary>
    [Fact]
    public async Task CommitPageAsync_AppDeletedAndItsRowsRemoved_IsTakenAndLeavesNothing()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 2);
        await store.Apps.DeleteAsync("app", Stop);
        await store.Get<AppPurger>().PurgeAsync(Stop);

        var isFinal = await store.FanOuts.CommitPageAsync(Page(app, key, store.Time.GetUtcNow()) with
        {
            Advances = ProviderSet.All,
            IsLast = true,
            Receipts = Receipts((rows[0], ReceiptOutcome.Accepted, null)),
            Accounts = [Account(new OutcomeCounts(1, 0, 0, 0, 0, 1), 2)],
            Deferred = [new DeferredDevice(rows[1].SubscriberKey, rows[1].DeviceKey, rows[1].Provider, 1, store.Time.GetUtcNow(), "Timeout")],
            Feedback = [Feedback(rows[0], TokenVerdict.Remove, 1)],
            FeedbackMayWait = true,
        }, Stop);

        Assert.False(isFinal);
        foreach (var table in (string[])["OutcomePages", "FanOutShards", "Deferred", "WaitingFeedback", "Removals"])
        {
            Assert.Equal((table, 0L), (table, await store.Reads.ReadAsync(session => session.Statement($"SELECT count(*) FROM {table}").ScalarInt64() ?? 0, Stop)));
        }
    }

    [Fact]
    public async Task CompleteAsync_UnreadOrPending_Throws()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        var now = store.Time.GetUtcNow();
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.FanOuts.CompleteAsync(key, EventState.Completed, now, Stop));

        await DeferAllAsync(store, app, key, rows, now);
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.FanOuts.CompleteAsync(key, EventState.Completed, now, Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.FanOuts.CompleteAsync(key, EventState.Paused, now, Stop));
    }

    [Fact]
    public async Task ReadDeferredPageAsync_DueAndNotDue_GivesTheDueInOrderOfKey()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 6);
        var now = store.Time.GetUtcNow();
        await DeferAllAsync(store, app, key, rows, now);
        await store.Devices.RemoveAsync(app, "d1", Stop);
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with
        {
            Deferred = [new DeferredDevice(rows[4].SubscriberKey, rows[4].DeviceKey, ProviderKind.Apns, 9, now.AddHours(1), "Throttled")],
            Settled = [rows[5].DeviceKey],
            Accounts = [Account(new OutcomeCounts(1, 0, 0, 0, 0, -1), 1)],
        }, Stop);
        var query = Query(app, Audience.All);
        var page = new AudiencePage(3);

        await store.FanOuts.ReadDeferredPageAsync(query, key, s_shard, ProviderSet.All, now, page, Stop);
        Assert.False(page.IsLast);
        Assert.Equal(rows[..3].Select(row => row.DeviceKey), page.Rows.ToArray().Select(row => row.DeviceKey));
        Assert.Equal("token-of-d0", System.Text.Encoding.UTF8.GetString(page.Token(0)));
        Assert.True(page.Token(1).IsEmpty);
        Assert.Equal(2, page[0].Attempts);

        page.Capacity = 4;
        await store.FanOuts.ReadDeferredPageAsync(query, key, s_shard, ProviderSet.Apns, now, page, Stop);
        Assert.True(page.IsLast);
        Assert.Equal(4, page.Count);
        await store.FanOuts.ReadDeferredPageAsync(query, key, s_shard, ProviderSet.Fcm, now, page, Stop);
        Assert.Equal(0, page.Count);

        Assert.Equal(now, await store.FanOuts.FindDeferredDueAsync(key, s_shard, ProviderKind.Apns, Stop));
        Assert.Null(await store.FanOuts.FindDeferredDueAsync(key, s_shard, ProviderKind.Fcm, Stop));
        var work = (await store.FanOuts.FindWorkAsync(key, Stop))!;
        Assert.Equal(now, work.Plan.Shards.Single(shard => shard.Provider == ProviderKind.Apns).DeferredDueAt);
        Assert.Null(work.Plan.Shards.Single(shard => shard.Provider == ProviderKind.Fcm).DeferredDueAt);
        Assert.Equal((1, 5), (work.Event.Account.Counts.Accepted, work.Event.Account.Counts.Pending));
    }

    [Fact]
    public async Task MarkBegunAsync_PagesAndDeferredDevices_AreFoundUntilTheyAreRecorded()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 4, forbidsResend: true);
        var now = store.Time.GetUtcNow();
        var end = new AudienceCursor(rows[1].SubscriberKey, rows[1].DeviceKey);
        Assert.All((await store.FanOuts.FindWorkAsync(key, Stop))!.Plan.Shards, shard => Assert.Equal(default, shard.Begun));

        await store.FanOuts.MarkBegunAsync(new PageBegun { EventKey = key, Shard = s_shard, Providers = ProviderSet.Apns, End = end }, Stop);

        var work = (await store.FanOuts.FindWorkAsync(key, Stop))!;
        Assert.Equal(end, work.Plan.Shards.Single(shard => shard.Provider == ProviderKind.Apns).Begun);
        Assert.Equal(default, work.Plan.Shards.Single(shard => shard.Provider == ProviderKind.Fcm).Begun);

        await DeferAllAsync(store, app, key, rows, now);
        await store.FanOuts.MarkBegunAsync(new PageBegun { EventKey = key, Shard = s_shard, Deferred = [rows[0].DeviceKey, rows[2].DeviceKey] }, Stop);
        Assert.Equal("begun, not, begun, not", await BegunAsync());

        // Recorded as still waiting: it may be sent again.
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with
        {
            Deferred = [new DeferredDevice(rows[0].SubscriberKey, rows[0].DeviceKey, ProviderKind.Apns, 3, now, "Throttled")],
        }, Stop);
        Assert.Equal("not, not, begun, not", await BegunAsync());

        async Task<string> BegunAsync()
        {
            var page = new AudiencePage(10);
            await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, s_shard, ProviderSet.All, now, page, Stop);
            return string.Join(", ", page.Rows.ToArray().Select(row => row.IsBegun ? "begun" : "not"));
        }
    }

    [Fact]
    public async Task CommitPageAsync_RemoveFeedback_RemovesOnlyTheTokenThatWasRead()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 2);
        await store.Devices.RegisterAsync(app, Device("d1", Subscriber), Stop); // Came back after the page was read.

        await store.FanOuts.CommitPageAsync(Page(app, key, store.Time.GetUtcNow()) with
        {
            Feedback = [.. rows.Select(row => Feedback(row, TokenVerdict.Remove, 1))],
        }, Stop);

        Assert.Null(await store.Devices.FindAsync(app, "d0", Stop));
        Assert.NotNull(await store.Devices.FindAsync(app, "d1", Stop));
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
    }

    [Fact]
    public async Task CommitPageAsync_QuarantineFeedback_HoldsUntilRegistrationOrNewCredential()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        await store.Apps.PutCredentialAsync("app", AppStoreTests.Apns("KEY"), Stop);

        await store.FanOuts.CommitPageAsync(
            Page(app, key, store.Time.GetUtcNow()) with { Feedback = [Feedback(rows[0], TokenVerdict.Quarantine, version: 1)] }, Stop);

        Assert.True((await store.Devices.FindAsync(app, "d0", Stop))!.IsQuarantined);
        Assert.Empty(await store.ReadAllAsync(Query(app, Audience.All, apnsVersion: 1)));
        Assert.Single(await store.ReadAllAsync(Query(app, Audience.All, apnsVersion: 2)));

        Assert.Equal(Core.Devices.RegistrationChange.Updated, await store.Devices.RegisterAsync(app, Device("d0", Subscriber), Stop));
        Assert.False((await store.Devices.FindAsync(app, "d0", Stop))!.IsQuarantined);
        Assert.Single(await store.ReadAllAsync(Query(app, Audience.All, apnsVersion: 1)));

        // The answer to the older token comes late.
        await store.FanOuts.CommitPageAsync(
            Page(app, key, store.Time.GetUtcNow()) with { Feedback = [Feedback(rows[0], TokenVerdict.Quarantine, version: 1)] }, Stop);
        Assert.Single(await store.ReadAllAsync(Query(app, Audience.All, apnsVersion: 1)));
    }

    [Fact]
    public async Task ListReceiptsAsync_AnyLimit_GivesEveryFinalReceiptOnce()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 9);
        var at = store.Time.GetUtcNow();
        for (var first = 0; first < 9; first += 3)
        {
            await store.FanOuts.CommitPageAsync(Page(app, key, at.AddSeconds(first)) with
            {
                Advances = ProviderSet.All,
                End = new AudienceCursor(rows[first].SubscriberKey, rows[first].DeviceKey),
                IsLast = first == 6,
                Receipts = Receipts(
                    (rows[first], ReceiptOutcome.Accepted, null), (rows[first + 1], ReceiptOutcome.Pending, "Throttled"),
                    (rows[first + 2], ReceiptOutcome.Unregistered, "Unregistered")),
                Accounts = [Account(new OutcomeCounts(1, 1, 0, 0, 0, 1), 3, ("Unregistered", 1))],
            }, Stop);
        }

        // One of those that waited has been settled since; one device is gone and one has moved to another subscriber.
        await store.FanOuts.CommitPageAsync(Page(app, key, at.AddSeconds(20)) with
        {
            Receipts = Receipts((rows[1], ReceiptOutcome.Expired, "TtlExpired")),
            Accounts = [Account(new OutcomeCounts(0, 0, 0, 1, 0, -1), 0, ("TtlExpired", 1))],
            Settled = [rows[1].DeviceKey],
        }, Stop);
        await store.Devices.RemoveAsync(app, "d0", Stop);
        await store.Devices.RegisterAsync(app, Device("d2", "berta"), Stop);
        var record = (await store.Events.FindAsync(app, "e1", Stop))!;

        foreach (var limit in new[] { 1, 2, 3, 100 })
        {
            Assert.Equal(
                ["d0:Accepted::0", "d1:Expired:TtlExpired:20", "d2:Unregistered:Unregistered:0", "d3:Accepted::3", "d5:Unregistered:Unregistered:3",
                    "d6:Accepted::6", "d8:Unregistered:Unregistered:6"],
                (await ListAllAsync(store, record, null, limit))
                    .Select(receipt => $"{receipt.DeviceId}:{receipt.Outcome}:{receipt.Reason}:{(receipt.At - at).TotalSeconds}").Order(StringComparer.Ordinal));
            Assert.Equal(["d0", "d3", "d6"], (await ListAllAsync(store, record, ReceiptOutcome.Accepted, limit)).Select(receipt => receipt.DeviceId).Order());
        }

        Assert.Equal(ReceiptOutcome.Accepted, (await store.Events.FindReceiptAsync(record, "d0", Stop))!.Outcome);
        Assert.Equal(ReceiptOutcome.Expired, (await store.Events.FindReceiptAsync(record, "d1", Stop))!.Outcome);
        Assert.Equal(("Unregistered", ProviderKind.Apns), await store.Events.FindReceiptAsync(record, "d2", Stop) is { } moved ? (moved.Reason, moved.Provider) : default);
        Assert.Null(await store.Events.FindReceiptAsync(record, "d4", Stop));
        Assert.Null(await store.Events.FindReceiptAsync(record, "unknown", Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Events.ListReceiptsAsync(record, null, 1, "nonsense", Stop));
    }

    [Fact]
    public async Task Reopen_EverythingCommitted_IsStillThere()
    {
        var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 3);
        var now = store.Time.GetUtcNow();
        await DeferAllAsync(store, app, key, rows, now.AddHours(1));
        var before = (await store.FanOuts.FindWorkAsync(key, Stop))!;

        await using var reopened = await store.ReopenAsync();

        Assert.Equivalent(before, await reopened.FanOuts.FindWorkAsync(key, Stop));
        Assert.Equal(3, (await reopened.ReadAllAsync(Query(app, Audience.All))).Count);
        var next = await reopened.Events.PublishAsync(app, Event("e2"), null, Stop);
        Assert.True(next.Event!.Key > key);
        await reopened.Devices.RegisterAsync(app, Device("new"), Stop);
        var keys = (await reopened.ReadAllAsync(Query(app, Audience.All))).Select(row => row.Row.DeviceKey).ToList();
        Assert.Equal(4, keys.Distinct().Count());
        Assert.True(keys.Max() > rows.Max(row => row.DeviceKey));
    }

    private static async Task<(int App, long Key, AudienceRow[] Rows)> PublishAsync(
        TestStore store, int devices, AudienceFilter? filter = null, bool forbidsResend = false)
    {
        var app = await store.AddAppAsync();
        for (var number = 0; number < devices; number++)
        {
            await store.Devices.RegisterAsync(app, Device($"d{number}", Subscriber), Stop);
        }

        var pushEvent = Event("e1", filter: filter, store: store);
        pushEvent = pushEvent with { Options = pushEvent.Options with { ForbidsResend = forbidsResend } };
        var receipt = await store.Events.PublishAsync(app, pushEvent, null, Stop);
        return (app, receipt.Event!.Key, (await store.ReadAllAsync(Query(app, Audience.All))).Select(row => row.Row).ToArray());
    }

    private static Task<bool> DeferAllAsync(TestStore store, int app, long key, AudienceRow[] rows, DateTimeOffset dueAt) =>
        store.FanOuts.CommitPageAsync(Page(app, key, store.Time.GetUtcNow()) with
        {
            Advances = ProviderSet.All,
            End = new AudienceCursor(rows[^1].SubscriberKey, rows[^1].DeviceKey),
            IsLast = true,
            Receipts = Receipts([.. rows.Select(row => (row, ReceiptOutcome.Pending, (string?)"Throttled"))]),
            Accounts = [Account(new OutcomeCounts(0, 0, 0, 0, 0, rows.Length), rows.Length)],
            Deferred = [.. rows.Select(row => new DeferredDevice(row.SubscriberKey, row.DeviceKey, ProviderKind.Apns, 2, dueAt, "Throttled"))],
        }, Stop);

    private static PageCommit Page(int app, long key, DateTimeOffset at) => new() { EventKey = key, AppKey = app, Shard = s_shard, RecordedAt = at };

    private static PageAccount Account(OutcomeCounts counts, long attempts, params (string Reason, long Count)[] reasons) =>
        new(ProviderKind.Apns, counts, reasons.ToDictionary(reason => reason.Reason, reason => reason.Count), attempts);

    private static byte[] Receipts(params (AudienceRow Row, ReceiptOutcome Outcome, string? Reason)[] receipts)
    {
        var writer = new ReceiptBlob.Writer();
        foreach (var (row, outcome, reason) in receipts)
        {
            writer.Add(row.DeviceKey, row.Provider, outcome, reason);
        }

        return writer.Write();
    }

    private static TokenFeedback Feedback(AudienceRow row, TokenVerdict verdict, int version) =>
        new(row.SubscriberKey, row.DeviceKey, row.Provider, verdict, "BadDeviceToken", row.LastSeenMs, version);

    private static async Task<List<Receipt>> ListAllAsync(TestStore store, EventRecord record, ReceiptOutcome? outcome, int limit)
    {
        var all = new List<Receipt>();
        string? cursor = null;
        do
        {
            var page = await store.Events.ListReceiptsAsync(record, outcome, limit, cursor, Stop);
            Assert.True(page.Items.Count <= limit);
            all.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return all;
    }
}
