using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Events that end with their first page: one commit, one row.</summary>
public abstract class SolePageTests(TestDatabase database) : StoreTests(database)
{
    private const string Subscriber = "anna";
    private static readonly int s_shard = Shard.Of(Subscriber);

    [Fact]
    public async Task CommitPageAsync_FirstPageIsTheLast_MakesTheEventFinal()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 2);
        var at = store.Time.GetUtcNow().AddSeconds(1);
        var commits = store.Writer.Commits;

        var isFinal = await store.FanOuts.CommitPageAsync(LastPage(app, key, rows, at) with
        {
            Receipts = Receipts((rows[0], ReceiptOutcome.Accepted, null), (rows[1], ReceiptOutcome.Unregistered, "Unregistered")),
            Accounts = [Account(new OutcomeCounts(1, 1, 0, 0, 0, 0), 3, ("Unregistered", 1))],
        }, Stop);

        Assert.True(isFinal);
        Assert.Equal(1, store.Writer.Commits - commits);
        var record = (await store.Events.FindAsync(app, "e1", Stop))!;
        Assert.Equal((EventState.Completed, new OutcomeCounts(1, 1, 0, 0, 0, 0), 3), (record.State, record.Account.Counts, record.Account.Attempts));
        Assert.Equal(1, record.Account.Providers[ProviderKind.Apns].Reasons["Unregistered"]);
        Assert.False(record.Account.Providers.ContainsKey(ProviderKind.Fcm));
        var timings = record.Timings;
        Assert.Equal((at.AddMilliseconds(-90), at.AddMilliseconds(-5), at), (timings.StartedAt, timings.FirstAcceptedAt, timings.CompletedAt));
        Assert.Equal((at, at, at), (timings.Accepted50At, timings.Accepted90At, timings.Accepted99At));
        Assert.Empty(await store.FanOuts.LoadUnfinishedAsync(DateTimeOffset.MaxValue, 0, 10, Stop));
        Assert.Equal(
            ["d0:Accepted:", "d1:Unregistered:Unregistered"],
            (await store.Events.ListReceiptsAsync(record, null, 10, null, Stop)).Items.Select(receipt => $"{receipt.DeviceId}:{receipt.Outcome}:{receipt.Reason}").Order());
        Assert.Equal((0, 0), (await CountAsync(store, "FanOutShards"), await CountAsync(store, "OutcomePages")));
    }

    [Fact]
    public async Task ListReceiptsAsync_EventOfOnePage_GoesOnWhereTheLastListEnded()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 3);
        await EndAsync(store, app, key, rows);
        var record = (await store.Events.FindAsync(app, "e1", Stop))!;

        List<string> ids = [];
        string? cursor = null;
        do
        {
            var page = await store.Events.ListReceiptsAsync(record, ReceiptOutcome.Accepted, 1, cursor, Stop);
            ids.AddRange(page.Items.Select(receipt => receipt.DeviceId));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(["d0", "d1", "d2"], ids);
        Assert.Equal(ReceiptOutcome.Accepted, (await store.Events.FindReceiptAsync(record, "d1", Stop))!.Outcome);
        Assert.Null(await store.Events.FindReceiptAsync(record, "unknown", Stop));
        Assert.Empty((await store.Events.ListReceiptsAsync(record, ReceiptOutcome.Rejected, 10, null, Stop)).Items);
    }

    [Theory]
    [InlineData(EventControl.Pause, EventState.Paused)]
    [InlineData(EventControl.Cancel, EventState.Dispatching)]
    public async Task CommitPageAsync_WishCommittedBefore_RecordsThePageAndLeavesTheEndToTheWish(EventControl wish, EventState state)
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        await store.Events.ControlAsync(app, "e1", wish, Stop);

        Assert.False(await EndAsync(store, app, key, rows));

        var record = (await store.Events.FindAsync(app, "e1", Stop))!;
        Assert.Equal((state, 1L, null), (record.State, record.Account.Counts.Accepted, record.Timings.CompletedAt));
        Assert.True(Assert.Single((await store.FanOuts.FindWorkAsync(key, Stop))!.Plan.Shards, shard => shard.Provider == ProviderKind.Apns).IsRead);
        var final = await store.FanOuts.CompleteAsync(key, EventState.Cancelled, store.Time.GetUtcNow(), Stop);
        Assert.Equal((EventState.Cancelled, 1L), (final.State, final.Account.Counts.Accepted));
    }

    [Fact]
    public async Task CommitPageAsync_DeviceDeferred_KeepsTheEventGoing()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        var at = store.Time.GetUtcNow();

        Assert.False(await store.FanOuts.CommitPageAsync(LastPage(app, key, rows, at) with
        {
            Receipts = Receipts((rows[0], ReceiptOutcome.Pending, "Throttled")),
            Accounts = [Account(new OutcomeCounts(0, 0, 0, 0, 0, 1), 1)],
            Deferred = [new DeferredDevice(rows[0].SubscriberKey, rows[0].DeviceKey, ProviderKind.Apns, 1, at, "Throttled")],
        }, Stop));

        var work = Assert.Single(await store.FanOuts.LoadUnfinishedAsync(DateTimeOffset.MaxValue, 0, 10, Stop));
        Assert.Equal(new OutcomeCounts(0, 0, 0, 0, 0, 1), work.Event.Account.Counts);
        Assert.Equal(at, work.Plan.Shards.Single(shard => shard.Provider == ProviderKind.Apns).DeferredDueAt);
    }

    /// <summary>Each of it alone: none may be lost because another usually comes with it.</summary>
    [Theory]
    [InlineData("more to read")]
    [InlineData("deferred")]
    [InlineData("settled")]
    [InlineData("pending")]
    public async Task CommitPageAsync_NotTheWholeOfIt_KeepsTheEventGoing(string part)
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        var whole = LastPage(app, key, rows, store.Time.GetUtcNow());

        Assert.False(await store.FanOuts.CommitPageAsync(part switch
        {
            "more to read" => whole with { IsLast = false },
            "deferred" => whole with { Deferred = [new DeferredDevice(rows[0].SubscriberKey, rows[0].DeviceKey, ProviderKind.Apns, 1, whole.RecordedAt, "Throttled")] },
            "settled" => whole with { Settled = [rows[0].DeviceKey] },
            _ => whole with { Accounts = [Account(new OutcomeCounts(0, 0, 0, 0, 0, 1), 1)] },
        }, Stop));

        Assert.Single(await store.FanOuts.LoadUnfinishedAsync(DateTimeOffset.MaxValue, 0, 10, Stop));
    }

    /// <summary>Of such an event the pages are noted before they are sent, in the rows of its shards.</summary>
    [Fact]
    public async Task MarkBegunAsync_EventOfOneShardThatForbidsResending_IsFoundBegun()
    {
        await using var store = await OpenAsync();
        var (app, _, rows) = await PublishAsync(store, devices: 1);
        var audience = new Audience(AudienceKind.Subscribers, [Subscriber]);
        var record = (await store.Events.PublishAsync(
            app, Event("e2", audience, store: store) with { Options = new EventOptions { ForbidsResend = true } }, null, Stop)).Event!;
        var end = new AudienceCursor(rows[0].SubscriberKey, rows[0].DeviceKey);

        await store.FanOuts.MarkBegunAsync(new PageBegun { EventKey = record.Key, Shard = s_shard, Providers = ProviderSet.All, End = end, Deferred = [], Waits = [] }, Stop);

        Assert.All((await store.FanOuts.FindWorkAsync(record.Key, Stop))!.Plan.Shards, shard => Assert.Equal(end, shard.Begun));
    }

    [Fact]
    public async Task CommitPageAsync_OneProviderOfTwo_KeepsTheEventGoing()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);

        Assert.False(await store.FanOuts.CommitPageAsync(
            LastPage(app, key, rows, store.Time.GetUtcNow()) with { Advances = ProviderSet.Apns }, Stop));

        var work = (await store.FanOuts.FindWorkAsync(key, Stop))!;
        Assert.Equal((true, false), (Of(ProviderKind.Apns).IsRead, Of(ProviderKind.Fcm).IsRead));
        Assert.Equal(1, work.Event.Account.Counts.Accepted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.FanOuts.CompleteAsync(key, EventState.Completed, store.Time.GetUtcNow(), Stop));

        FanOutShard Of(ProviderKind provider) => work.Plan.Shards.Single(shard => shard.Provider == provider);
    }

    [Fact]
    public async Task CommitPageAsync_OnlyOneProviderWanted_EndsWithIt()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1, new AudienceFilter { Providers = ProviderSet.Apns });

        Assert.True(await store.FanOuts.CommitPageAsync(
            LastPage(app, key, rows, store.Time.GetUtcNow()) with { Advances = ProviderSet.Apns }, Stop));
        Assert.Equal(ProviderKind.Apns, Assert.Single((await store.FanOuts.FindWorkAsync(key, Stop))!.Plan.Shards).Provider);
    }

    [Fact]
    public async Task CommitPageAsync_SamePageAgain_ChangesNothing()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        Assert.True(await EndAsync(store, app, key, rows));
        var before = await store.Events.FindAsync(app, "e1", Stop);

        store.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await EndAsync(store, app, key, rows));

        Assert.Equivalent(before, await store.Events.FindAsync(app, "e1", Stop));
    }

    [Fact]
    public async Task CommitPageAsync_ReceiptsTooLongForTheEventsRow_GetRowsOfTheirOwn()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);

        Assert.False(await store.FanOuts.CommitPageAsync(LastPage(app, key, rows, store.Time.GetUtcNow()) with
        {
            Receipts = Receipts((rows[0], ReceiptOutcome.Rejected, new string('x', SolePage.MaxReceiptBytes))),
            Accounts = [Account(new OutcomeCounts(0, 0, 1, 0, 0, 0), 1)],
        }, Stop));

        Assert.Equal(1, await CountAsync(store, "OutcomePages"));
        var final = await store.FanOuts.CompleteAsync(key, EventState.Completed, store.Time.GetUtcNow(), Stop);
        Assert.Equal(1, final.Account.Counts.Rejected);
    }

    [Fact]
    public async Task CommitPageAsync_OfAnotherShard_ChangesNothing()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.FanOuts.CommitPageAsync(
            LastPage(app, key, rows, store.Time.GetUtcNow()) with { Shard = (s_shard + 1) % Shard.Count }, Stop));

        var work = Assert.Single(await store.FanOuts.LoadUnfinishedAsync(DateTimeOffset.MaxValue, 0, 10, Stop));
        Assert.All(work.Plan.Shards, shard => Assert.Equal((s_shard, false), (shard.Shard, shard.IsRead)));
        Assert.Equal(0, await CountAsync(store, "FanOutShards"));
    }

    [Fact]
    public async Task CommitPageAsync_NobodyThere_EndsTheEventWithAnEmptyAccount()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        await store.Devices.RemoveAsync(app, "d0", Stop);

        Assert.True(await store.FanOuts.CommitPageAsync(
            LastPage(app, key, rows, store.Time.GetUtcNow()) with { Receipts = default, Accounts = [], FirstAcceptedAt = null }, Stop));

        var record = (await store.Events.FindAsync(app, "e1", Stop))!;
        Assert.Equal((EventState.Completed, 0L, null), (record.State, record.Account.Counts.Targeted, record.Timings.Accepted50At));
        Assert.Empty((await store.Events.ListReceiptsAsync(record, null, 10, null, Stop)).Items);
    }

    [Fact]
    public async Task CommitPageAsync_EndWithFeedback_RemovesTheDevice()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);

        Assert.True(await store.FanOuts.CommitPageAsync(LastPage(app, key, rows, store.Time.GetUtcNow()) with
        {
            Receipts = Receipts((rows[0], ReceiptOutcome.Unregistered, "Unregistered")),
            Accounts = [Account(new OutcomeCounts(0, 1, 0, 0, 0, 0), 1, ("Unregistered", 1))],
            Feedback = [new TokenFeedback(rows[0].SubscriberKey, rows[0].DeviceKey, ProviderKind.Apns, TokenVerdict.Remove, "Unregistered", rows[0].LastSeenMs, 1)],
        }, Stop));

        Assert.Null(await store.Devices.FindAsync(app, "d0", Stop));
        var record = (await store.Events.FindAsync(app, "e1", Stop))!;
        Assert.Equal("d0", Assert.Single((await store.Events.ListReceiptsAsync(record, null, 10, null, Stop)).Items).DeviceId);
    }

    [Fact]
    public async Task Reopen_BeforeAndAfterTheEnd_IsAsItWas()
    {
        var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        var unread = await store.FanOuts.FindWorkAsync(key, Stop);

        store = await store.ReopenAsync();
        Assert.Equivalent(unread, Assert.Single(await store.FanOuts.LoadUnfinishedAsync(DateTimeOffset.MaxValue, 0, 10, Stop)));
        await EndAsync(store, app, key, rows);
        var final = await store.FanOuts.FindWorkAsync(key, Stop);

        await using var reopened = await store.ReopenAsync();
        Assert.Equivalent(final, await reopened.FanOuts.FindWorkAsync(key, Stop));
        Assert.Empty(await reopened.FanOuts.LoadUnfinishedAsync(DateTimeOffset.MaxValue, 0, 10, Stop));
    }

    [Fact]
    public async Task RetentionStep_EventOfOnePageKeptLongEnough_IsRemoved()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, devices: 1);
        await EndAsync(store, app, key, rows);
        var retention = TimeSpan.FromDays(7);

        store.Time.Advance(retention - TimeSpan.FromSeconds(1));
        await store.Writer.RunAsync(session => RetentionStep.Run(session, retention, retention, 1_000), Stop);
        Assert.NotNull(await store.Events.FindAsync(app, "e1", Stop));

        store.Time.Advance(TimeSpan.FromSeconds(1));
        await store.Writer.RunAsync(session => RetentionStep.Run(session, retention, retention, 1_000), Stop);
        Assert.Null(await store.Events.FindAsync(app, "e1", Stop));
        Assert.Equal(0, await CountAsync(store, "Events"));
    }

    private static async Task<(int App, long Key, AudienceRow[] Rows)> PublishAsync(TestStore store, int devices, AudienceFilter? filter = null)
    {
        var app = await store.AddAppAsync();
        for (var number = 0; number < devices; number++)
        {
            await store.Devices.RegisterAsync(app, Device($"d{number}", Subscriber), Stop);
        }

        var audience = new Audience(AudienceKind.Subscribers, [Subscriber]);
        var receipt = await store.Events.PublishAsync(app, Event("e1", audience, filter, store), null, Stop);
        return (app, receipt.Event!.Key, (await store.ReadAllAsync(Query(app, audience))).Select(row => row.Row).ToArray());
    }

    private static Task<bool> EndAsync(TestStore store, int app, long key, AudienceRow[] rows) =>
        store.FanOuts.CommitPageAsync(LastPage(app, key, rows, store.Time.GetUtcNow()), Stop);

    /// <summary>All accepted, and nothing left.</summary>
    private static PageCommit LastPage(int app, long key, AudienceRow[] rows, DateTimeOffset at) => new()
    {
        EventKey = key,
        AppKey = app,
        Shard = s_shard,
        Advances = ProviderSet.All,
        End = new AudienceCursor(rows[^1].SubscriberKey, rows[^1].DeviceKey),
        IsLast = true,
        Receipts = Receipts([.. rows.Select(row => (row, ReceiptOutcome.Accepted, (string?)null))]),
        Accounts = [Account(new OutcomeCounts(rows.Length, 0, 0, 0, 0, 0), rows.Length)],
        FirstAcceptedAt = at.AddMilliseconds(-5),
        RecordedAt = at,
        Ending = new PageEnding(EventState.Completed, at.AddMilliseconds(-90)),
    };

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

    private static async Task<long?> CountAsync(TestStore store, string table)
    {
        var sql = $"SELECT count(*) FROM {table}";
        return await store.Reads.ReadAsync(session => session.Statement(sql).ScalarInt64(), Stop);
    }
}
