using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class RemovalStoreTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task Undo_Removed_BringsTheDeviceBackAsItWas()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var registration = Device("d", "anna") with
        {
            Locale = "es-mx",
            TimeZone = "America/Mexico_City",
            AppVersion = "1.2",
            Environment = DeviceEnvironment.Sandbox,
            Tags = new Dictionary<string, string> { ["plan"] = "pro" },
        };
        await store.Devices.ImportAsync(app, [new DeviceImport(registration, ["news", "sport"])], Stop);
        var before = (await store.Devices.FindAsync(app, "d", Stop))!;
        var key = (await store.ReadAllAsync(Query(app, Audience.All))).Single().Row.DeviceKey;
        var record = await RemoveAsync(store, app, "d");
        Assert.Null(await store.Devices.FindAsync(app, "d", Stop));
        Assert.Empty(await store.ReadAllAsync(Query(app, Channels("news"))));

        store.Time.Advance(TimeSpan.FromDays(6));
        var undo = await UndoAsync(store, app);

        Assert.Equal((RemovalChange.Done, RemovalState.Undone), (undo.Change, undo.Removal!.State));
        var after = (await store.Devices.FindAsync(app, "d", Stop))!;
        Assert.Equivalent(before.Registration, after.Registration);
        Assert.Equal(before.CreatedAt, after.CreatedAt);

        // Hardly later, so that the provider's next word about it counts.
        Assert.Equal(before.LastSeenAt.AddMilliseconds(1), after.LastSeenAt);
        Assert.Equal(["news", "sport"], await store.Devices.ListChannelsAsync(app, "anna", Stop));
        Assert.Equal(key, Assert.Single(await store.ReadAllAsync(Query(app, Channels("news")))).Row.DeviceKey);
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        Assert.Equal(ReceiptOutcome.Unregistered, (await store.Events.FindReceiptAsync(record, "d", Stop))!.Outcome);

        // Again changes nothing; and it can be removed and undone again.
        Assert.Equal(RemovalChange.DoneBefore, (await UndoAsync(store, app)).Change);
        await RemoveAsync(store, app, "d");
        Assert.Equal(RemovalChange.Done, (await UndoAsync(store, app)).Change);
        Assert.NotNull(await store.Devices.FindAsync(app, "d", Stop));
    }

    [Fact]
    public async Task Undo_AnswerStillUnderWay_DoesNotRemoveItAgain()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var row = (await store.ReadAllAsync(Query(app, Audience.All))).Single();
        await RemoveAsync(store, app, "d");
        await UndoAsync(store, app);

        // Another event had read the device before.
        await CommitAsync(store, app, "late", row.Shard, Feedback(row.Row));

        Assert.NotNull(await store.Devices.FindAsync(app, "d", Stop));
    }

    [Fact]
    public async Task Undo_TokenLivesElsewhere_IsRefused()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("old", token: "same-token"), Stop);
        await RemoveAsync(store, app, "old");
        await store.Devices.RegisterAsync(app, Device("new", token: "same-token"), Stop);

        var undo = await UndoAsync(store, app);

        Assert.Equal((RemovalChange.TokenMoved, RemovalState.Removed), (undo.Change, undo.Removal!.State));
        Assert.Null(await store.Devices.FindAsync(app, "old", Stop));
        Assert.NotNull(await store.Devices.FindAsync(app, "new", Stop));
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
    }

    [Theory]
    [InlineData("is there")]
    [InlineData("removed again")]
    [InlineData("lost its token to another")]
    public async Task Undo_RegisteredAnew_IsRefused(string since)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d", token: "first-token"), Stop);
        await RemoveAsync(store, app, "d");
        var first = (await ListAsync(store, app)).Single();
        await store.Devices.RegisterAsync(app, Device("d", token: "second-token"), Stop);
        if (since == "removed again")
        {
            await RemoveAsync(store, app, "d");
        }
        else if (since == "lost its token to another")
        {
            await store.Devices.RegisterAsync(app, Device("other", token: "second-token"), Stop);
        }

        var undo = await store.Get<IRemovalStore>().UndoAsync(app, first.Id, Stop);

        Assert.Equal(RemovalChange.RegisteredAnew, undo.Change);
        Assert.Equal(since == "is there" ? "second-token" : null, (await store.Devices.FindAsync(app, "d", Stop))?.Registration.Token);
    }

    [Fact]
    public async Task Undo_DeletedOnRequestSince_IsRefusedAndItsTokenIsGone()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        await RemoveAsync(store, app, "d");

        Assert.False(await store.Devices.RemoveAsync(app, "d", Stop));

        Assert.Null((await ListAsync(store, app)).Single().MaskedToken);
        Assert.Equal(RemovalChange.DeviceDeleted, (await UndoAsync(store, app)).Change);
        Assert.Null(await store.Devices.FindAsync(app, "d", Stop));
    }

    [Fact]
    public async Task Undo_UnknownOrOfAnotherApp_IsUnknown()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await store.AddAppAsync(), await store.AddAppAsync("other"));
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        await RemoveAsync(store, app, "d");
        var removal = (await ListAsync(store, app)).Single();

        Assert.Equal(RemovalChange.Unknown, (await store.Get<IRemovalStore>().UndoAsync(other, removal.Id, Stop)).Change);
        Assert.Equal(RemovalChange.Unknown, (await store.Get<IRemovalStore>().UndoAsync(app, removal.Id + 1, Stop)).Change);
    }

    [Fact]
    public async Task UndoMany_TimeReasonAndEvent_UndoesThoseOnlyAndCountsTheSkipped()
    {
        const int Count = 700; // More than one step.
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, Count).Select(number => new DeviceImport(Device($"d{number}"), []))], Stop);
        var early = await RemoveAsync(store, app, "d0");
        store.Time.Advance(TimeSpan.FromHours(1));
        var since = store.Time.GetUtcNow();
        var rows = await store.ReadAllAsync(Query(app, Audience.All));
        var record = await CommitAllAsync(store, app, "massacre", rows);
        store.Time.Advance(TimeSpan.FromHours(1));
        await store.Devices.RegisterAsync(app, Device("thief", token: "token-of-d1"), Stop);
        await store.Devices.RegisterAsync(app, Device("d2", token: "new-token"), Stop);

        var filter = new RemovalFilter { Since = since, Until = store.Time.GetUtcNow(), EventId = record.Event.Id, Reason = "Unregistered" };
        Assert.Equal(0, (await store.Get<IRemovalStore>().UndoManyAsync(app, filter with { Reason = "ExpiredToken" }, Stop)).Done);
        Assert.Equal(0, (await store.Get<IRemovalStore>().UndoManyAsync(app, filter with { EventId = early.Event.Id }, Stop)).Done);
        Assert.Equal(0, (await store.Get<IRemovalStore>().UndoManyAsync(app, filter with { Provider = ProviderKind.Fcm }, Stop)).Done);
        var summary = await store.Get<IRemovalStore>().UndoManyAsync(app, filter, Stop);

        Assert.Equal(Count - 3, summary.Done);
        Assert.Equal([(RemovalChange.TokenMoved, 1L), (RemovalChange.RegisteredAnew, 1L)], summary.Skipped.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)));
        Assert.Equal(Count - 1, await store.Events.EstimateAudienceAsync(app, Audience.All, Stop));
        Assert.Null(await store.Devices.FindAsync(app, "d0", Stop));
        Assert.Equal(0, (await store.Get<IRemovalStore>().UndoManyAsync(app, filter, Stop)).Done);
    }

    [Fact]
    public async Task List_InPages_GivesEachOnceNewestFirst()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 25).Select(number => new DeviceImport(Device($"d{number}"), []))], Stop);
        await CommitAllAsync(store, app, "e", await store.ReadAllAsync(Query(app, Audience.All)));

        List<Removal> all = [];
        string? cursor = null;
        do
        {
            var page = await store.Get<IRemovalStore>().ListAsync(app, new RemovalFilter(), 10, cursor, Stop);
            Assert.True(page.Items.Count <= 10);
            all.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(25, all.Select(removal => removal.DeviceId).Distinct().Count());
        Assert.Equal(all.Select(removal => removal.Id).OrderDescending(), all.Select(removal => removal.Id));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Get<IRemovalStore>().ListAsync(app, new RemovalFilter(), 10, "nonsense", Stop));
    }

    [Fact]
    public async Task Retention_AfterSevenDays_TakesAllButTheHeld()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:Retention"] = "3653.00:00:00");
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [new DeviceImport(Device("gone"), []), new DeviceImport(Device("held"), [])], Stop);
        await RemoveAsync(store, app, "gone");
        await RemoveAsync(store, app, "held", isHeld: true);

        store.Time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMilliseconds(1));
        await SweepAsync(store);
        Assert.Equal(2, (await ListAsync(store, app)).Count);

        store.Time.Advance(TimeSpan.FromMilliseconds(1));
        await SweepAsync(store);
        Assert.Equal("held", Assert.Single(await ListAsync(store, app)).DeviceId);

        // Decided about at last, it can be undone for as long as any other.
        await store.Get<IRemovalStore>().ReleaseAsync(app, ProviderKind.Apns, apply: true, default, Stop);
        store.Time.Advance(TimeSpan.FromDays(6));
        await SweepAsync(store);
        Assert.Equal(RemovalChange.Done, (await UndoAsync(store, app)).Change);
        Assert.NotNull(await store.Devices.FindAsync(app, "held", Stop));
    }

    [Fact]
    public async Task CommitPage_JudgedBeforeTheHoldBegan_IsHeldToo()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [new DeviceImport(Device("first"), []), new DeviceImport(Device("second"), [])], Stop);
        await RemoveAsync(store, app, "first", isHeld: true);
        var since = store.Get<IRemovalStore>().FindHold(app, ProviderKind.Apns)!.HeldSince;

        store.Time.Advance(TimeSpan.FromSeconds(1));
        await RemoveAsync(store, app, "second");

        Assert.All(await ListAsync(store, app), removal => Assert.Equal(RemovalState.Held, removal.State));
        Assert.True((await store.Devices.FindAsync(app, "second", Stop))!.IsQuarantined);

        // The page that would have begun it now does not begin it anew.
        await store.Devices.RegisterAsync(app, Device("third"), Stop);
        await RemoveAsync(store, app, "third", isHeld: true);
        Assert.Equal(since, store.Get<IRemovalStore>().FindHold(app, ProviderKind.Apns)!.HeldSince);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Release_DeviceRegisteredSince_LeavesItAsItIs(bool apply)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d", token: "first-token"), Stop);
        await RemoveAsync(store, app, "d", isHeld: true);
        await store.Devices.RegisterAsync(app, Device("d", token: "second-token"), Stop);
        var before = await store.Devices.FindAsync(app, "d", Stop);

        var summary = await store.Get<IRemovalStore>().ReleaseAsync(app, ProviderKind.Apns, apply, default, Stop);

        Assert.Equal((0, 1), (summary.Done, summary.Skipped[RemovalChange.RegisteredAnew]));
        Assert.Equivalent(before, await store.Devices.FindAsync(app, "d", Stop));
        Assert.Equal(RemovalState.Overtaken, Assert.Single(await ListAsync(store, app)).State);
    }

    [Fact]
    public async Task Release_CredentialReplacedSince_RemovesNobody()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        await RemoveAsync(store, app, "d", isHeld: true);
        await store.Apps.PutCredentialAsync("app", AppStoreTests.Apns("KEY"), Stop);

        var summary = await store.Get<IRemovalStore>().ReleaseAsync(app, ProviderKind.Apns, apply: true, default, Stop);

        Assert.Equal((0, 1), (summary.Done, summary.Skipped[RemovalChange.CredentialChanged]));
        Assert.NotNull(await store.Devices.FindAsync(app, "d", Stop));
    }

    [Fact]
    public async Task Release_WhileTheNextHoldBegins_LeavesWhatThatHolds()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:MaxReadConnections"] = "1");
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [new DeviceImport(Device("first"), []), new DeviceImport(Device("second"), [])], Stop);
        var second = (await store.ReadAllAsync(Query(app, Audience.All))).Single(row => row.Token == Device("second").Token);
        await RemoveAsync(store, app, "first", isHeld: true);
        var page = await PageAsync(store, app, "later", second.Shard, Feedback(second.Row) with { IsHeld = true });

        // Nobody reads until the second is held: so it is there when the release looks for what it has to apply.
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Get<IRemovalStore>().Released += (_, _, _) => released.SetResult();
        using var mayRead = new ManualResetEventSlim();
        var isReading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = Task.Run(
            () => store.Reads.ReadAsync(
                _ =>
                {
                    isReading.SetResult();
                    mayRead.Wait(Stop);
                    return 0;
                },
                Stop).AsTask(),
            Stop);
        await isReading.Task;
        var releasing = store.Get<IRemovalStore>().ReleaseAsync(app, ProviderKind.Apns, apply: true, default, Stop);
        await released.Task;
        await store.FanOuts.CommitPageAsync(page, Stop);
        mayRead.Set();
        await reading;

        Assert.Equal(1, (await releasing).Done);
        Assert.Null(await store.Devices.FindAsync(app, "first", Stop));
        Assert.Equal(RemovalState.Held, (await ListAsync(store, app)).Single(removal => removal.DeviceId == "second").State);
    }

    [Fact]
    public async Task Release_Discarded_AnswerStillUnderWayDoesNotHoldItAgain()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var row = (await store.ReadAllAsync(Query(app, Audience.All))).Single();
        await RemoveAsync(store, app, "d", isHeld: true);
        await store.Get<IRemovalStore>().ReleaseAsync(app, ProviderKind.Apns, apply: false, default, Stop);

        await CommitAsync(store, app, "late", row.Shard, Feedback(row.Row));

        Assert.False((await store.Devices.FindAsync(app, "d", Stop))!.IsQuarantined);
    }

    [Fact]
    public async Task CommitPage_PartOfItImpossible_RecordsNoRemovalAndHoldsNothing()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        var row = (await store.ReadAllAsync(Query(app, Audience.All))).Single();
        var commit = await PageAsync(store, app, "e", row.Shard, Feedback(row.Row));
        await store.Writer.RunAsync(
            session => session.Execute(Database.RefuseInserts("RemovalHolds")), Stop);

        await Assert.ThrowsAnyAsync<Exception>(() => store.FanOuts.CommitPageAsync(
            commit with { Holds = [new RemovalHoldStart(ProviderKind.Apns, 1_000, 500)] }, Stop));

        Assert.Empty(await ListAsync(store, app));
        Assert.NotNull(await store.Devices.FindAsync(app, "d", Stop));
        Assert.Null(store.Get<IRemovalStore>().FindHold(app, ProviderKind.Apns));
    }

    [Fact]
    public async Task DeleteApp_WithRemovalsAndHold_LeavesNothing()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d"), Stop);
        await RemoveAsync(store, app, "d", isHeld: true);
        Assert.True(store.Get<IRemovalStore>().FindHold(app, ProviderKind.Apns)!.IsHeld);

        await store.Apps.DeleteAsync("app", Stop);
        await store.Get<Apps.AppPurger>().PurgeAsync(Stop);

        Assert.Empty(store.Get<IRemovalStore>().ListHeld());
        Assert.Equal(0, await store.Reads.ReadAsync(
            session => session.Statement("SELECT (SELECT count(*) FROM Removals) + (SELECT count(*) FROM RemovalHolds)").ScalarInt64(), Stop));
    }

    private static async Task<IReadOnlyList<Removal>> ListAsync(TestStore store, int app) =>
        (await store.Get<IRemovalStore>().ListAsync(app, new RemovalFilter(), 1_000, null, Stop)).Items;

    /// <summary>Undoes the newest removal.</summary>
    private static async Task<RemovalUndo> UndoAsync(TestStore store, int app) =>
        await store.Get<IRemovalStore>().UndoAsync(app, (await ListAsync(store, app))[0].Id, Stop);

    private static async Task SweepAsync(TestStore store)
    {
        while (await store.Writer.RunAsync(session => RetentionStep.Run(session, TimeSpan.FromDays(3_653), TimeSpan.FromDays(7), 100), Stop))
        {
        }
    }

    /// <summary>An event finds the device's token dead.</summary>
    private static async Task<EventRecord> RemoveAsync(TestStore store, int app, string deviceId, bool isHeld = false)
    {
        var device = (await store.Devices.FindAsync(app, deviceId, Stop))!;
        var row = (await store.ReadAllAsync(Query(app, Audience.All))).Single(entry => entry.Token == device.Registration.Token);
        return await CommitAsync(store, app, $"event-{deviceId}-{device.LastSeenAt.ToUnixTimeMilliseconds()}", row.Shard, Feedback(row.Row) with { IsHeld = isHeld });
    }

    private static async Task<EventRecord> CommitAsync(TestStore store, int app, string eventId, int shard, params TokenFeedback[] feedback)
    {
        var commit = await PageAsync(store, app, eventId, shard, feedback);
        await store.FanOuts.CommitPageAsync(commit, Stop);
        return (await store.Events.FindAsync(app, eventId, Stop))!;
    }

    private static async Task<EventRecord> CommitAllAsync(TestStore store, int app, string eventId, IReadOnlyList<(int Shard, AudienceRow Row, string Token)> rows)
    {
        foreach (var shard in rows.GroupBy(row => row.Shard))
        {
            await CommitAsync(store, app, eventId, shard.Key, [.. shard.Select(row => Feedback(row.Row))]);
        }

        return (await store.Events.FindAsync(app, eventId, Stop))!;
    }

    private static async Task<PageCommit> PageAsync(TestStore store, int app, string eventId, int shard, params TokenFeedback[] feedback)
    {
        var record = await store.Events.FindAsync(app, eventId, Stop) ??
            (await store.Events.PublishAsync(app, Event(eventId, store: store), null, Stop)).Event!;
        var receipts = new ReceiptBlob.Writer();
        foreach (var answer in feedback)
        {
            receipts.Add(answer.DeviceKey, answer.Provider, ReceiptOutcome.Unregistered, answer.Reason);
        }

        return new PageCommit
        {
            EventKey = record.Key,
            AppKey = app,
            Shard = shard,
            RecordedAt = store.Time.GetUtcNow(),
            Receipts = receipts.Write(),
            Feedback = feedback,
            Holds = feedback.Any(answer => answer.IsHeld) ? [new RemovalHoldStart(ProviderKind.Apns, 1_000, 500)] : [],
        };
    }

    private static TokenFeedback Feedback(AudienceRow row) =>
        new(row.SubscriberKey, row.DeviceKey, row.Provider, TokenVerdict.Remove, "Unregistered", row.LastSeenMs, 0);
}
