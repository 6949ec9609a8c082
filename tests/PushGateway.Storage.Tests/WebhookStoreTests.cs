using System.Text;
using System.Text.Json;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Tests.Support;
using PushGateway.Storage.Webhooks;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class WebhookStoreTests(TestDatabase database) : StoreTests(database)
{
    private const string Secret = "whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLXRlc3Rz";

    [Fact]
    public async Task Put_Reopened_IsThereWithItsSecretAndItsNotices()
    {
        var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var (webhook, created) = await Webhooks(store).PutAsync(app, Settings(), Stop);
        Assert.True(created);
        await Webhooks(store).AddNoticeAsync(app, WebhookNotices.ProviderStopped, Data(1), Stop);
        var parkedAt = store.Time.GetUtcNow();
        await Webhooks(store).ParkAsync(webhook.Key, "It answered 503.", Stop);
        store.Time.Advance(TimeSpan.FromMinutes(15));
        await Webhooks(store).ParkAsync(webhook.Key, "It answered 500.", Stop);
        Assert.Equal(parkedAt, Webhooks(store).Find(app, "hook")!.ParkedAt);

        var reopened = await store.ReopenAsync();
        var found = Webhooks(reopened).Find(app, "hook")!;

        Assert.Equal((Secret, "https://example.com/hook?key=1", true), (found.Secret, found.Url.AbsoluteUri, found.IsEnabled));
        Assert.Equal((parkedAt, "It answered 500."), (found.ParkedAt, found.LastError));
        Assert.Equal([1], await NumbersAsync(reopened, webhook.Key));

        // Without a secret in it, a put keeps the one there is; and it is tried again.
        var (put, createdAgain) = await Webhooks(reopened).PutAsync(app, Settings() with { Secret = null, Notices = WebhookNotices.EventCompleted }, Stop);
        Assert.False(createdAgain);
        Assert.Equal((Secret, null, WebhookNotices.EventCompleted), (put.Secret, put.ParkedAt, put.Notices));

        await using var again = await reopened.ReopenAsync();
        Assert.Null(Webhooks(again).Find(app, "hook")!.ParkedAt);
    }

    [Fact]
    public async Task ChangeSecret_OfAParkedWebhook_ReplacesItAloneAndHasItTriedAgain()
    {
        const string Renewed = "whsec_YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3Rz";
        var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var (webhook, _) = await Webhooks(store).PutAsync(app, Settings(), Stop);
        await Webhooks(store).ParkAsync(webhook.Key, "It answered 401.", Stop);
        long? changed = null;
        Webhooks(store).Changed += key => changed = key;

        Assert.Null(await Webhooks(store).ChangeSecretAsync(app, "another", Renewed, Stop));
        Assert.Null(changed);
        var renewed = (await Webhooks(store).ChangeSecretAsync(app, "hook", Renewed, Stop))!;

        Assert.Equal((webhook with { Secret = Renewed, LastError = "It answered 401." }, webhook.Key), (renewed, changed));
        await using var reopened = await store.ReopenAsync();
        Assert.Equal(renewed, Webhooks(reopened).Find(app, "hook"));
        Assert.False(await reopened.ContainsOnDiskAsync(Renewed));
    }

    [Fact]
    public async Task Put_Secret_IsNowhereInTheFiles()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await Webhooks(store).PutAsync(app, Settings(), Stop);

        Assert.False(await store.ContainsOnDiskAsync(Secret));
        Assert.True(await store.ContainsOnDiskAsync("protected:"));
    }

    [Fact]
    public async Task AddNotice_ForThoseThatWantIt_KeepsTheOrder()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await store.AddAppAsync(), await store.AddAppAsync("other"));
        var hook = (await Webhooks(store).PutAsync(app, Settings(), Stop)).Webhook;
        var wantsOther = (await Webhooks(store).PutAsync(app, Settings("removed") with { Notices = WebhookNotices.DevicesRemoved }, Stop)).Webhook;
        var disabled = (await Webhooks(store).PutAsync(app, Settings("disabled") with { IsEnabled = false }, Stop)).Webhook;
        var elsewhere = (await Webhooks(store).PutAsync(other, Settings(), Stop)).Webhook;

        foreach (var number in Enumerable.Range(0, 10))
        {
            await Webhooks(store).AddNoticeAsync(app, WebhookNotices.ProviderStopped, Data(number), Stop);
        }

        Assert.Equal(Enumerable.Range(0, 10), await NumbersAsync(store, hook.Key));
        foreach (var without in new[] { wantsOther, disabled, elsewhere })
        {
            Assert.Equal(0, (await Webhooks(store).CountAsync(without.Key, Stop)).Notices);
        }

        // Bounded by number and by size, but never nothing at all.
        Assert.Equal(3, (await Webhooks(store).ReadNoticesAsync(hook.Key, 3, 100_000, Stop)).Count);
        Assert.Equal(2, (await Webhooks(store).ReadNoticesAsync(hook.Key, 10, Data(0).Length * 2, Stop)).Count);
        Assert.Single(await Webhooks(store).ReadNoticesAsync(hook.Key, 10, 1, Stop));

        var third = (await Webhooks(store).ReadNoticesAsync(hook.Key, 3, 100_000, Stop))[^1];
        await Webhooks(store).ConfirmAsync(hook.Key, third.Key, Stop);
        Assert.Equal(Enumerable.Range(3, 7), await NumbersAsync(store, hook.Key));
        Assert.Equal(store.Time.GetUtcNow(), Webhooks(store).Find(app, "hook")!.LastSuccessAt);
    }

    [Fact]
    public async Task AddNotice_MoreThanAreKept_DropsTheOldestAndCountsThem()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:WebhookMaxNotices"] = "10");
        var app = await store.AddAppAsync();
        var hook = (await Webhooks(store).PutAsync(app, Settings(), Stop)).Webhook;

        for (var number = 0; number < 35; number++)
        {
            await Webhooks(store).AddNoticeAsync(app, WebhookNotices.ProviderStopped, Data(number), Stop);
            Assert.InRange((await Webhooks(store).CountAsync(hook.Key, Stop)).Notices, 1, 10);
        }

        Assert.Equal(Enumerable.Range(25, 10), await NumbersAsync(store, hook.Key));
        Assert.Equal(25, (await Webhooks(store).CountAsync(hook.Key, Stop)).Dropped);
    }

    [Fact]
    public async Task AddNotice_MoreBytesThanAreKept_DropsTheOldestAndCountsThem()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:WebhookMaxBytes"] = "65536");
        var app = await store.AddAppAsync();
        var hook = (await Webhooks(store).PutAsync(app, Settings(), Stop)).Webhook;

        for (var number = 0; number < 20; number++)
        {
            await Webhooks(store).AddNoticeAsync(app, WebhookNotices.ProviderStopped, Data(number, 10_000), Stop);
            Assert.InRange((await Webhooks(store).CountAsync(hook.Key, Stop)).Bytes, 1, 65_536);
        }

        var numbers = await NumbersAsync(store, hook.Key);
        Assert.Equal(19, numbers[^1]);
        Assert.Equal(20 - numbers.Count, (await Webhooks(store).CountAsync(hook.Key, Stop)).Dropped);
    }

    [Fact]
    public async Task Complete_Event_IsToldInTheSameCommit()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var hook = (await Webhooks(store).PutAsync(app, Settings() with { Notices = WebhookNotices.EventCompleted }, Stop)).Webhook;
        var published = (await store.Events.PublishAsync(app, Event("e", store: store), null, Stop)).Event!;
        await store.Writer.RunAsync(
            session => session.Execute(Database.RefuseInserts("WebhookNotices")), Stop);
        await Assert.ThrowsAnyAsync<Exception>(() => store.FanOuts.CompleteAsync(published.Key, EventState.Completed, store.Time.GetUtcNow(), Stop));
        Assert.Equal(EventState.Dispatching, (await store.Events.FindAsync(app, "e", Stop))!.State);
        await store.Writer.RunAsync(session => session.Execute(Database.AllowInserts("WebhookNotices")), Stop);

        await store.FanOuts.CompleteAsync(published.Key, EventState.Completed, store.Time.GetUtcNow(), Stop);
        await store.FanOuts.CompleteAsync(published.Key, EventState.Completed, store.Time.GetUtcNow(), Stop);

        var notice = Assert.Single(await Webhooks(store).ReadNoticesAsync(hook.Key, 10, 100_000, Stop));
        var data = JsonDocument.Parse(notice.Data).RootElement;
        Assert.Equal(("e", "completed", 0), (data.GetProperty("event").GetString(), data.GetProperty("state").GetString(), data.GetProperty("counts").GetProperty("targeted").GetInt32()));
    }

    [Fact]
    public async Task CommitPage_ManyRemoved_AreToldInSeveralNotices()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var hook = (await Webhooks(store).PutAsync(app, Settings() with { Notices = WebhookNotices.DevicesRemoved }, Stop)).Webhook;
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 450).Select(number => new Core.Devices.DeviceImport(Device($"d{number}", "anna"), []))], Stop);
        var rows = await store.ReadAllAsync(Query(app, Audience.All));
        var published = (await store.Events.PublishAsync(app, Event("e", store: store), null, Stop)).Event!;

        await store.FanOuts.CommitPageAsync(new PageCommit
        {
            EventKey = published.Key,
            AppKey = app,
            Shard = rows[0].Shard,
            RecordedAt = store.Time.GetUtcNow(),
            Feedback = [.. rows.Select(row => new TokenFeedback(
                row.Row.SubscriberKey, row.Row.DeviceKey, ProviderKind.Apns, TokenVerdict.Remove, "Unregistered", row.Row.LastSeenMs, 0))],
        }, Stop);

        var notices = await Webhooks(store).ReadNoticesAsync(hook.Key, 10, 1_000_000, Stop);
        Assert.Equal([200, 200, 50], notices.Select(notice => JsonDocument.Parse(notice.Data).RootElement.GetProperty("devices").GetArrayLength()));
        Assert.Equal("e", JsonDocument.Parse(notices[0].Data).RootElement.GetProperty("event").GetString());
    }

    [Fact]
    public async Task Delete_WithNotices_LeavesNoneAndDeletingTheAppDoesTheSame()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await Webhooks(store).PutAsync(app, Settings(), Stop);
        await Webhooks(store).AddNoticeAsync(app, WebhookNotices.ProviderStopped, Data(1), Stop);
        Assert.True(await Webhooks(store).DeleteAsync(app, "hook", Stop));
        Assert.False(await Webhooks(store).DeleteAsync(app, "hook", Stop));
        Assert.Null(Webhooks(store).Find(app, "hook"));
        Assert.Equal(0, await CountAsync(store));

        await Webhooks(store).PutAsync(app, Settings(), Stop);
        await Webhooks(store).AddNoticeAsync(app, WebhookNotices.ProviderStopped, Data(1), Stop);
        await store.Apps.DeleteAsync("app", Stop);
        Assert.Empty(Webhooks(store).ListAll());
        await store.Writer.RunAsync(session => OrphanNotices.Remove(session, 100), Stop);
        Assert.Equal(0, await CountAsync(store));
    }

    private static IWebhookStore Webhooks(TestStore store) => store.Get<IWebhookStore>();

    private static WebhookSettings Settings(string id = "hook") =>
        new() { Id = id, Url = new Uri("https://example.com/hook?key=1"), Secret = Secret, Notices = WebhookNotices.ProviderStopped };

    private static byte[] Data(int number, int padding = 0) => Encoding.UTF8.GetBytes($"{{\"number\":{number},\"padding\":\"{new string('x', padding)}\"}}");

    private static async Task<IReadOnlyList<int>> NumbersAsync(TestStore store, long webhookKey) =>
        [.. (await Webhooks(store).ReadNoticesAsync(webhookKey, 1_000, int.MaxValue, Stop)).Select(notice => JsonDocument.Parse(notice.Data).RootElement.GetProperty("number").GetInt32())];

    private static async Task<long?> CountAsync(TestStore store) =>
        await store.Reads.ReadAsync(session => session.Statement("SELECT count(*) FROM WebhookNotices").ScalarInt64(), Stop);
}
