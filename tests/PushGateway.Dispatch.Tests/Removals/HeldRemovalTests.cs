using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Tests.Removals;

/// <summary>What happens to the devices when a provider calls half the audience dead: over a real store, from publish to release.</summary>
public sealed class HeldRemovalTests
{
    private const int Devices = 1_200;
    private const int OfApns = Devices / 2;

    /// <summary>Fewer than a fifth of the window can go before it shows.</summary>
    private const int MostBefore = 199;

    private static readonly AttemptResult s_dead = new(OutcomeKind.Unregistered, "Unregistered") { Token = TokenVerdict.Remove };
    private static readonly AttemptResult s_misfit = new(OutcomeKind.Rejected, "BadDeviceToken") { Token = TokenVerdict.Quarantine };
    private static readonly AttemptResult s_accepted = new(OutcomeKind.Accepted);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_FewDead_RemovesThemAndRecordsEach()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(200);
        gateway.Apns.Answer = (token, _) => token == DispatchFixture.Token(10) ? s_dead : s_accepted;

        var record = await gateway.WaitAsync(await gateway.PublishAsync());

        var removal = Assert.Single((await ListAsync(gateway)).Items);
        Assert.Equal(("d10", "s10", ProviderKind.Apns, RemovalState.Removed), (removal.DeviceId, removal.SubscriberId, removal.Provider, removal.State));
        Assert.Equal(("Unregistered", record.Event.Id, "00000000…"), (removal.Reason, removal.EventId, removal.MaskedToken));
        Assert.InRange(removal.At, record.Timings.CreatedAt, record.Timings.CompletedAt!.Value.AddSeconds(1));
        Assert.Null(Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Apns));
    }

    [Fact]
    public async Task Publish_ManyDead_HoldsTheRemovalsAndKeepsTheAccountAsItIs()
    {
        await using var gateway = await StartAsync();
        gateway.Apns.Answer = (_, _) => s_dead;

        var record = await gateway.WaitAsync(await gateway.PublishAsync());

        // The account says what the provider said, and the other provider's devices got theirs.
        Assert.Equal(EventState.Completed, record.State);
        Assert.Equal(new OutcomeCounts(OfApns, OfApns, 0, 0, 0, 0), record.Account.Counts);
        var hold = Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Apns);
        Assert.True(hold is { IsHeld: true, Removed: >= 100 } && hold.Judged >= hold.Removed);
        Assert.Null(Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Fcm));
        Assert.Equal(ProviderState.Running, gateway.Dispatcher.GetHealth(gateway.App.Key).Single(health => health.Provider == ProviderKind.Apns).State);

        var (removed, held) = (await CountAsync(gateway, RemovalState.Removed), await CountAsync(gateway, RemovalState.Held));
        Assert.InRange(removed, 0, MostBefore);
        Assert.Equal(OfApns, removed + held);
        Assert.Equal(held, await Removals(gateway).CountHeldAsync(gateway.App.Key, ProviderKind.Apns, Cancelled));
        Assert.Equal(Devices - removed, await DevicesAsync(gateway));

        // Set aside: the next event does not try them again, and nothing is recorded twice.
        var sent = gateway.Apns.Sent;
        await gateway.WaitAsync(await gateway.PublishAsync());
        Assert.Equal(sent, gateway.Apns.Sent);
        Assert.Equal(OfApns, (await ListAsync(gateway)).Items.Count);
    }

    [Fact]
    public async Task Publish_WrongEnvironmentOfAProvedCredential_IsHeldToo()
    {
        await using var gateway = await StartAsync();
        gateway.Apns.Answer = (_, _) => s_misfit;

        await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.True(Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Apns) is { IsHeld: true });
        Assert.InRange(await CountAsync(gateway, RemovalState.Removed), 0, MostBefore);
    }

    [Fact]
    public async Task Release_Discard_BringsAllBackToTheNextEvent()
    {
        await using var gateway = await StartAsync();
        gateway.Apns.Answer = (_, _) => s_dead;
        await gateway.WaitAsync(await gateway.PublishAsync());
        var (removed, held) = (await CountAsync(gateway, RemovalState.Removed), await CountAsync(gateway, RemovalState.Held));

        var summary = await Removals(gateway).ReleaseAsync(gateway.App.Key, ProviderKind.Apns, apply: false, default, Cancelled);
        gateway.Apns.Answer = (_, _) => s_accepted;
        var second = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(held, summary.Done);
        Assert.Empty(summary.Skipped);
        Assert.Equal(Devices - removed, second.Account.Counts.Accepted);
        Assert.False(Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Apns)!.IsHeld);

        // The few that went before it showed come back with an undo of that time.
        var undone = await Removals(gateway).UndoManyAsync(
            gateway.App.Key, new RemovalFilter { Since = DateTimeOffset.UnixEpoch, Until = DateTimeOffset.MaxValue.AddDays(-1) }, Cancelled);
        Assert.Equal(removed, undone.Done);
        Assert.Equal(Devices, (await gateway.WaitAsync(await gateway.PublishAsync())).Account.Counts.Accepted);

        // And the next mistake is noticed again.
        gateway.Apns.Answer = (_, _) => s_dead;
        await gateway.WaitAsync(await gateway.PublishAsync());
        Assert.True(Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Apns)!.IsHeld);
    }

    [Fact]
    public async Task Release_Apply_RemovesThemAndAllowsMore()
    {
        await using var gateway = await StartAsync();
        gateway.Apns.Answer = (token, _) => string.CompareOrdinal(token, DispatchFixture.Token(800)) < 0 ? s_dead : s_accepted;
        await gateway.WaitAsync(await gateway.PublishAsync());
        Assert.True(Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Apns)!.IsHeld);

        await Removals(gateway).ReleaseAsync(gateway.App.Key, ProviderKind.Apns, apply: true, TimeSpan.FromHours(1), Cancelled);

        Assert.Equal(400, await CountAsync(gateway, RemovalState.Removed));
        Assert.Equal(0, await CountAsync(gateway, RemovalState.Held));
        Assert.Equal(Devices - 400, await DevicesAsync(gateway));

        // The operator has said so: the rest goes at once.
        gateway.Apns.Answer = (_, _) => s_dead;
        await gateway.WaitAsync(await gateway.PublishAsync());
        Assert.Equal(OfApns, await CountAsync(gateway, RemovalState.Removed));
        Assert.Equal(OfApns, await DevicesAsync(gateway));
    }

    [Fact]
    public async Task Release_ApplyAfterTheCredentialChanged_RemovesNobody()
    {
        await using var gateway = await StartAsync();
        gateway.Apns.Answer = (_, _) => s_dead;
        await gateway.WaitAsync(await gateway.PublishAsync());
        var (removed, held) = (await CountAsync(gateway, RemovalState.Removed), await CountAsync(gateway, RemovalState.Held));

        await gateway.PutApnsAsync();
        var summary = await Removals(gateway).ReleaseAsync(gateway.App.Key, ProviderKind.Apns, apply: true, default, Cancelled);

        Assert.Equal(0, summary.Done);
        Assert.Equal(held, summary.Skipped[RemovalChange.CredentialChanged]);
        Assert.Equal(Devices - removed, await DevicesAsync(gateway));
    }

    [Fact]
    public async Task Restart_WhileHeld_GoesOnHolding()
    {
        await using var gateway = await StartAsync();
        gateway.Apns.Answer = (_, _) => s_dead;
        await gateway.WaitAsync(await gateway.PublishAsync());
        var removed = await CountAsync(gateway, RemovalState.Removed);

        await gateway.RestartAsync(graceful: false);
        await gateway.Devices.RegisterAsync(gateway.App.Key, new Core.Devices.DeviceRegistration
        {
            DeviceId = "late",
            SubscriberId = "s0",
            Provider = ProviderKind.Apns,
            Token = DispatchFixture.Token(99_999),
        }, Cancelled);
        await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.True(Removals(gateway).FindHold(gateway.App.Key, ProviderKind.Apns)!.IsHeld);
        Assert.Equal(removed, await CountAsync(gateway, RemovalState.Removed));
        var late = Assert.Single((await Removals(gateway).ListAsync(gateway.App.Key, new RemovalFilter { DeviceId = "late" }, 10, null, Cancelled)).Items);
        Assert.Equal(RemovalState.Held, late.State);
    }

    [Fact]
    public async Task Publish_CredentialUnproved_QuarantinesAndRecordsIt()
    {
        await using var gateway = await DispatchFixture.StartAsync(options: [("SuspectTokenLimit", "20"), ("ProbeInterval", "01:00:00")]);
        await gateway.Services.GetRequiredService<IWebhookStore>().PutAsync(gateway.App.Key, Webhook(WebhookNotices.ProviderStopped), Cancelled);
        await gateway.ImportAsync(200);
        gateway.Apns.Answer = (_, _) => s_misfit;

        var published = await gateway.PublishAsync();
        await Eventually.IsAsync(() => Task.FromResult(
            gateway.Dispatcher.GetHealth(gateway.App.Key).Single(health => health.Provider == ProviderKind.Apns).State == ProviderState.Stopped));
        await Eventually.IsAsync(async () => await CountAsync(gateway, RemovalState.Quarantined) >= 20);

        var first = (await ListAsync(gateway)).Items[^1];
        Assert.Equal((RemovalState.Quarantined, "BadDeviceToken"), (first.State, first.Reason));
        Assert.True((await gateway.Devices.FindAsync(gateway.App.Key, first.DeviceId, Cancelled))!.IsQuarantined);
        var undo = await Removals(gateway).UndoAsync(gateway.App.Key, first.Id, Cancelled);
        Assert.Equal((RemovalChange.Done, RemovalState.Undone), (undo.Change, undo.Removal!.State));
        Assert.False((await gateway.Devices.FindAsync(gateway.App.Key, first.DeviceId, Cancelled))!.IsQuarantined);

        // The stop itself is told, once.
        var webhook = gateway.Services.GetRequiredService<IWebhookStore>().Find(gateway.App.Key, "hook")!;
        await Eventually.IsAsync(async () => (await gateway.Services.GetRequiredService<IWebhookStore>().CountAsync(webhook.Key, Cancelled)).Notices > 0);
        var notice = Assert.Single(await gateway.Services.GetRequiredService<IWebhookStore>().ReadNoticesAsync(webhook.Key, 10, 100_000, Cancelled));
        Assert.Equal(WebhookNotices.ProviderStopped, notice.Kind);
        Assert.Contains("\"provider\":\"apns\"", System.Text.Encoding.UTF8.GetString(notice.Data), StringComparison.Ordinal);
        await gateway.ControlAsync(published, EventControl.Cancel);
    }

    [Fact]
    public async Task Publish_ManyDead_TellsTheWebhooksOfTheRemovedAndOfTheHold()
    {
        await using var gateway = await StartAsync();
        var webhooks = gateway.Services.GetRequiredService<IWebhookStore>();
        var (webhook, _) = await webhooks.PutAsync(
            gateway.App.Key, Webhook(WebhookNotices.DevicesRemoved | WebhookNotices.RemovalsHeld), Cancelled);
        gateway.Apns.Answer = (_, _) => s_dead;

        await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Single(await NoticesAsync(), notice => notice.Kind == WebhookNotices.RemovalsHeld);
        Assert.Equal(await CountAsync(gateway, RemovalState.Removed), Told(await NoticesAsync()));

        await Removals(gateway).ReleaseAsync(gateway.App.Key, ProviderKind.Apns, apply: true, default, Cancelled);
        Assert.Equal(OfApns, Told(await NoticesAsync()));

        Task<IReadOnlyList<WebhookNotice>> NoticesAsync() => webhooks.ReadNoticesAsync(webhook.Key, 1_000, int.MaxValue, Cancelled);

        static int Told(IReadOnlyList<WebhookNotice> notices) => notices.Where(notice => notice.Kind == WebhookNotices.DevicesRemoved)
            .Sum(notice => System.Text.Json.JsonDocument.Parse(notice.Data).RootElement.GetProperty("devices").GetArrayLength());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(120)]
    public async Task Publish_HoweverManyDevices_TellsTheEndOnceWithItsAccount(int devices)
    {
        await using var gateway = await DispatchFixture.StartAsync();
        var webhooks = gateway.Services.GetRequiredService<IWebhookStore>();
        var (webhook, _) = await webhooks.PutAsync(gateway.App.Key, Webhook(WebhookNotices.EventCompleted), Cancelled);
        await gateway.ImportAsync(devices);

        var record = await gateway.WaitAsync(await gateway.PublishAsync());

        var notice = Assert.Single(await webhooks.ReadNoticesAsync(webhook.Key, 10, int.MaxValue, Cancelled));
        var data = System.Text.Json.JsonDocument.Parse(notice.Data).RootElement;
        Assert.Equal(record.Event.Id, data.GetProperty("event").GetString());
        Assert.Equal((devices, devices), (data.GetProperty("counts").GetProperty("targeted").GetInt32(), data.GetProperty("counts").GetProperty("accepted").GetInt32()));
    }

    [Fact]
    public async Task Publish_ManyDead_ShowsInTheMetrics()
    {
        await using var gateway = await StartAsync();
        var meter = gateway.Services.GetRequiredService<FeedbackMetrics>().Meter;
        var (held, all, holds) = (0L, 0L, 0);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter == meter)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "pushgateway.removals")
            {
                Interlocked.Add(ref all, value);
                Interlocked.Add(ref held, tags.Contains(new KeyValuePair<string, object?>("action", "held")) ? value : 0);
            }
        });
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => holds = instrument.Name == "pushgateway.removals.holds" ? value : holds);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(0, holds);
        gateway.Apns.Answer = (_, _) => s_dead;

        await gateway.WaitAsync(await gateway.PublishAsync());

        listener.RecordObservableInstruments();
        Assert.Equal(1, holds);
        var stored = await CountAsync(gateway, RemovalState.Held);
        Assert.Equal(stored + await CountAsync(gateway, RemovalState.Removed), Interlocked.Read(ref all));

        // Pages that were judged just before the hold began are counted as they were judged, and held all the same when they are recorded.
        Assert.InRange(Interlocked.Read(ref held), 1, stored);
    }

    /// <summary>The credential has proved itself: what is refused from now on is the token's fault.</summary>
    private static async Task<DispatchFixture> StartAsync()
    {
        var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(Devices);
        await gateway.WaitAsync(await gateway.PublishAsync());
        return gateway;
    }

    /// <summary>Nobody listens there: what waits for it stays.</summary>
    private static WebhookSettings Webhook(WebhookNotices notices) => new()
    {
        Id = "hook",
        Url = new Uri("https://127.0.0.1:1/"),
        Secret = WebhookSecret.Generate(),
        Notices = notices,
    };

    private static IRemovalStore Removals(DispatchFixture gateway) => gateway.Services.GetRequiredService<IRemovalStore>();

    private static Task<RemovalPage> ListAsync(DispatchFixture gateway) =>
        Removals(gateway).ListAsync(gateway.App.Key, new RemovalFilter(), 10_000, null, Cancelled);

    private static async Task<int> CountAsync(DispatchFixture gateway, RemovalState state) =>
        (await Removals(gateway).ListAsync(gateway.App.Key, new RemovalFilter { State = state }, 10_000, null, Cancelled)).Items.Count;

    private static async Task<long> DevicesAsync(DispatchFixture gateway) => await gateway.Events.EstimateAudienceAsync(gateway.App.Key, Audience.All, Cancelled);
}
