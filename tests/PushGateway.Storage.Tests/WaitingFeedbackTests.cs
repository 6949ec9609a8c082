using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Storage.Apps;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Feedback that may wait is put down with its page and applied later, exactly once.</summary>
public abstract class WaitingFeedbackTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task CommitPage_FeedbackMayWait_IsAppliedBeforeTheEventIsFinal()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var page = await PageAsync(store, app, "e");
        await store.FanOuts.CommitPageAsync(page, Stop);
        Assert.NotNull(await store.Devices.FindAsync(app, "d", Stop));
        Assert.Equal(ReceiptOutcome.Unregistered, (await store.Events.FindReceiptAsync((await store.Events.FindAsync(app, "e", Stop))!, "d", Stop))!.Outcome);

        store.Time.Advance(TimeSpan.FromSeconds(3));
        await store.FanOuts.CompleteAsync(page.EventKey, EventState.Completed, store.Time.GetUtcNow(), Stop);

        Assert.Null(await store.Devices.FindAsync(app, "d", Stop));
        var removal = Assert.Single(await ListAsync(store, app));
        Assert.Equal(("d", RemovalState.Removed, "Unregistered", "e", page.RecordedAt), (removal.DeviceId, removal.State, removal.Reason, removal.EventId, removal.At));
        Assert.Equal(0, await CountAsync(store));
    }

    /// <summary>Each commit waits for the disk: with one for each page, those of a broadcast to a million took twenty seconds.</summary>
    [Fact]
    public async Task Complete_FeedbackOfManyPagesWaits_AppliesItInFewCommits()
    {
        const int Pages = 30;
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 300).Select(number => new Core.Devices.DeviceImport(Device($"d{number}", "anna"), []))], Stop);
        var page = await PageAsync(store, app, "e");
        foreach (var feedback in page.Feedback.Chunk(page.Feedback.Count / Pages))
        {
            await store.FanOuts.CommitPageAsync(page with { Feedback = feedback, Accounts = feedback[0] == page.Feedback[0] ? page.Accounts : [] }, Stop);
        }

        Assert.Equal(Pages, await CountAsync(store));
        var before = store.Writer.Commits;

        await store.FanOuts.CompleteAsync(page.EventKey, EventState.Completed, store.Time.GetUtcNow(), Stop);

        // Two hundred devices, the other hundred, the end.
        Assert.Equal(3, store.Writer.Commits - before);
        Assert.Equal(0, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
    }

    [Fact]
    public async Task Complete_FeedbackWaits_IsRefusedByTheWriter()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var page = await PageAsync(store, app, "e");
        await store.FanOuts.CommitPageAsync(page, Stop);

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Writer.RunAsync(
            session => EventCompletion.Complete(
                session, page.EventKey, EventState.Completed, store.Time.GetUtcNow(), new AcceptedTimes(null, null, null), store.Get<Webhooks.WebhookOutbox>()),
            Stop));
    }

    [Fact]
    public async Task CommitPage_EndsTheEvent_AppliesAtOnce()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var page = await PageAsync(store, app, "e");

        Assert.True(await store.FanOuts.CommitPageAsync(page with { Ending = new PageEnding(EventState.Completed, page.RecordedAt) }, Stop));

        Assert.Null(await store.Devices.FindAsync(app, "d", Stop));
        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task Worker_EventGoesOnForLong_AppliesAlsoAfterARestart()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 500).Select(number => new Core.Devices.DeviceImport(Device($"d{number}", "anna"), []))], Stop);
        var page = await PageAsync(store, app, "e");
        await store.FanOuts.CommitPageAsync(page, Stop);
        Assert.Equal(3, await CountAsync(store)); // 200, 200 and 100.

        await using var reopened = await store.ReopenAsync();
        Assert.Equal(500, await reopened.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        await PassTimeUntilAsync(reopened, async () => await CountAsync(reopened) == 0);

        Assert.Equal(0, await reopened.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        Assert.Equal(500, (await ListAsync(reopened, app)).Select(removal => removal.DeviceId).Distinct().Count());
    }

    [Fact]
    public async Task Apply_BeforeItHasWaitedLongEnough_LeavesIt()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        await store.FanOuts.CommitPageAsync(await PageAsync(store, app, "e"), Stop);

        store.Time.Advance(FeedbackWorker.Patience - TimeSpan.FromMilliseconds(1));
        await store.Get<FeedbackWorker>().ApplyAsync(Stop);
        Assert.Equal(1, await CountAsync(store));

        store.Time.Advance(TimeSpan.FromMilliseconds(1));
        await store.Get<FeedbackWorker>().ApplyAsync(Stop);
        Assert.Equal(0, await CountAsync(store));
    }

    [Fact]
    public async Task Worker_ClockWasSetBack_DoesNotWaitForItToCatchUp()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var page = await PageAsync(store, app, "e");
        await store.FanOuts.CommitPageAsync(page with { RecordedAt = page.RecordedAt.AddDays(1) }, Stop);

        await PassTimeUntilAsync(store, async () => await CountAsync(store) == 0);

        Assert.True(store.Time.GetUtcNow() < page.RecordedAt.AddDays(1));
        Assert.Null(await store.Devices.FindAsync(app, "d", Stop));
    }

    [Fact]
    public async Task Apply_RegisteredSince_ChangesNothing()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var page = await PageAsync(store, app, "e");
        await store.FanOuts.CommitPageAsync(page, Stop);
        await store.Devices.RegisterAsync(app, Device("d"), Stop);

        await store.FanOuts.CompleteAsync(page.EventKey, EventState.Completed, store.Time.GetUtcNow(), Stop);

        Assert.NotNull(await store.Devices.FindAsync(app, "d", Stop));
        Assert.Empty(await ListAsync(store, app));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Release_FeedbackOfTheHoldWaits_IsDecidedAboutWithTheRest(bool apply)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var page = await PageAsync(store, app, "e");
        await store.FanOuts.CommitPageAsync(page, Stop);
        await store.Devices.RegisterAsync(app, Device("other"), Stop);
        var begins = await PageAsync(store, app, "hold", "other");
        await store.FanOuts.CommitPageAsync(
            begins with { Feedback = [.. begins.Feedback.Select(item => item with { IsHeld = true })], Holds = [new RemovalHoldStart(ProviderKind.Apns, 1_000, 500)] }, Stop);
        Assert.True(store.Get<IRemovalStore>().FindHold(app, ProviderKind.Apns)!.IsHeld);

        var summary = await store.Get<IRemovalStore>().ReleaseAsync(app, ProviderKind.Apns, apply, default, Stop);

        // Judged before the hold began and applied after it: held too.
        Assert.Equal(2, summary.Done);
        Assert.Equal(apply, await store.Devices.FindAsync(app, "d", Stop) is null);
        Assert.Equal(apply, await store.Devices.FindAsync(app, "other", Stop) is null);
        Assert.All(await ListAsync(store, app), removal => Assert.Equal(apply ? RemovalState.Removed : RemovalState.Undone, removal.State));
    }

    [Fact]
    public async Task UndoMany_FeedbackWaits_LeavesNothingToBeRemovedAfterwards()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var page = await PageAsync(store, app, "e");
        await store.FanOuts.CommitPageAsync(page, Stop);

        Assert.Equal(1, (await store.Get<IRemovalStore>().UndoManyAsync(app, new RemovalFilter(), Stop)).Done);

        await store.FanOuts.CompleteAsync(page.EventKey, EventState.Completed, store.Time.GetUtcNow(), Stop);
        Assert.NotNull(await store.Devices.FindAsync(app, "d", Stop));
    }

    [Fact]
    public async Task DeleteApp_FeedbackWaits_LeavesNothing()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        await store.FanOuts.CommitPageAsync(await PageAsync(store, app, "e"), Stop);

        await store.Apps.DeleteAsync("app", Stop);
        await store.Get<AppPurger>().PurgeAsync(Stop);

        Assert.Equal(0, await CountAsync(store));
    }

    /// <summary>A page that reads all there is of an audience, or of one device, and finds every token dead.</summary>
    private static async Task<PageCommit> PageAsync(TestStore store, int app, string eventId, string? deviceId = null)
    {
        var audience = deviceId is null ? Audience.All : new Audience(AudienceKind.Devices, [deviceId]);
        var record = (await store.Events.PublishAsync(app, Event(eventId, audience, store: store), null, Stop)).Event!;
        var rows = await store.ReadAllAsync(Query(app, audience));
        var receipts = new ReceiptBlob.Writer();
        foreach (var (_, row, _) in rows)
        {
            receipts.Add(row.DeviceKey, row.Provider, ReceiptOutcome.Unregistered, "Unregistered");
        }

        return new PageCommit
        {
            EventKey = record.Key,
            AppKey = app,
            Shard = rows[0].Shard,
            Advances = ProviderSet.All,
            End = new AudienceCursor(rows[^1].Row.SubscriberKey, rows[^1].Row.DeviceKey),
            IsLast = true,
            RecordedAt = store.Time.GetUtcNow(),
            Receipts = receipts.Write(),
            Accounts =
            [
                new PageAccount(
                    ProviderKind.Apns, default(OutcomeCounts).Plus(ReceiptOutcome.Unregistered, rows.Count),
                    new Dictionary<string, long> { ["Unregistered"] = rows.Count }, rows.Count),
            ],
            Feedback =
            [
                .. rows.Select(row => new TokenFeedback(
                    row.Row.SubscriberKey, row.Row.DeviceKey, row.Row.Provider, TokenVerdict.Remove, "Unregistered", row.Row.LastSeenMs, 0)),
            ],
            FeedbackMayWait = true,
        };
    }

    private static async Task PassTimeUntilAsync(TestStore store, Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            store.Time.Advance(FeedbackWorker.Interval);
            await Task.Yield();
        }
    }

    private static async Task<IReadOnlyList<Removal>> ListAsync(TestStore store, int app) =>
        (await store.Get<IRemovalStore>().ListAsync(app, new RemovalFilter(), 1_000, null, Stop)).Items;

    private static async Task<long> CountAsync(TestStore store) =>
        await store.Reads.ReadAsync(static session => session.Statement("SELECT count(*) FROM WaitingFeedback").ScalarInt64()!.Value, Stop);
}
