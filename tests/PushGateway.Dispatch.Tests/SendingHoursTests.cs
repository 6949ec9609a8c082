using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Time;

namespace PushGateway.Dispatch.Tests;

/// <summary>Local times and quiet hours, over a real store.</summary>
public sealed class SendingHoursTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    // When it is 18:00 there, after noon UTC.
    private static readonly (string? Zone, DateTimeOffset At)[] s_six =
    [
        ("Asia/Kathmandu", s_noon.AddMinutes(15)), ("Europe/Madrid", s_noon.AddHours(5)), (null, s_noon.AddHours(6)),
        ("America/New_York", s_noon.AddHours(11)), ("Asia/Tokyo", s_noon.AddHours(21)),
    ];

    private static readonly TimeSpan s_ttl = TimeSpan.FromHours(3);

    private static readonly AppLimits s_nights = new() { QuietHours = new QuietHours(new TimeOnly(22, 0), new TimeOnly(8, 0), null) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LocalTime_ManyZones_EachDeviceIsSentWhenItIsThatTimeThere(bool crashes)
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await ImportAsync(gateway, 1_000);
        var sent = Watch(gateway, time);
        var record = await gateway.PublishAsync(AtSix);
        await gateway.WhenCountsAsync(record, counts => counts is { Targeted: 1_000, Pending: 1_000 });

        for (var zone = 0; zone < s_six.Length; zone++)
        {
            var due = 200 * (zone + 1);
            await time.ReachAsync(s_six[zone].At, () => sent.Count >= due);
            Assert.True(zone == s_six.Length - 1 || time.GetUtcNow() < s_six[zone + 1].At, "The next zone's time has come.");
            if (crashes && zone < 3)
            {
                await gateway.WhenCountsAsync(record, counts => counts.Accepted == due);
                await gateway.RestartAsync(graceful: zone == 1);
            }
        }

        var final = await gateway.WaitAsync(record);
        Assert.Equal((EventState.Completed, new OutcomeCounts(1_000, 0, 0, 0, 0, 0)), (final.State, final.Account.Counts));
        Assert.All(gateway.Apns.Accepted.Concat(gateway.Fcm.Accepted), accepted => Assert.Equal(1, accepted.Value));
        Assert.All(Enumerable.Range(0, 1_000), number => Assert.True(sent[DispatchFixture.Token(number)] >= s_six[number % 5].At, $"{number} is early."));

        // The TTL counts from then, and so the provider is told.
        var expirations = gateway.Apns.Expirations.Concat(gateway.Fcm.Expirations).ToDictionary();
        Assert.All(
            Enumerable.Range(0, 1_000),
            number => Assert.Equal(s_six[number % 5].At + s_ttl, expirations[DispatchFixture.Token(number)]));
    }

    [Fact]
    public async Task LocalTime_CrashWhileTheyAreOutAndTheEventForbidsResending_RejectsThemAsUnknown()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(2, (_, registration) => registration with { Provider = ProviderKind.Apns, SubscriberId = "one", TimeZone = "Europe/Madrid" });
        await gateway.ProveAsync();
        var (isOut, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Apns.Before = _ =>
        {
            isOut.TrySetResult();
            return never.Task;
        };
        var record = await gateway.PublishAsync(e => AtSix(e) with { Options = AtSix(e).Options with { ForbidsResend = true } });
        await gateway.WhenCountsAsync(record, counts => counts.Pending == 2);
        await time.ReachAsync(s_noon.AddHours(5), () => isOut.Task.IsCompleted);
        gateway.Apns.Before = _ => Task.CompletedTask;

        await gateway.RestartAsync(graceful: false);
        var final = await gateway.WaitAsync(record);

        Assert.Equal(new OutcomeCounts(0, 0, 2, 0, 0, 0), final.Account.Counts);
        Assert.Equal(2, final.Account.Providers[ProviderKind.Apns].Reasons[GatewayReasons.OutcomeUnknown]);
    }

    [Fact]
    public async Task LocalTime_AndSendAt_IsTheFirstTimeAfterIt()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(10, (_, registration) => registration with { TimeZone = "Europe/Madrid" });
        var sent = Watch(gateway, time);
        var sendAt = s_noon.AddHours(5).AddMinutes(1);

        var record = await gateway.PublishAsync(e => AtSix(e) with { Options = AtSix(e).Options with { SendAt = sendAt } });
        time.Advance(sendAt - time.GetUtcNow());
        await gateway.WhenCountsAsync(record, counts => counts.Pending == 10, whileWaiting: () => time.Advance(TimeSpan.FromMilliseconds(1)));
        await time.ReachAsync(s_noon.AddHours(29), () => sent.Count == 10);

        Assert.Equal(10, (await gateway.WaitAsync(record)).Account.Counts.Accepted);
        Assert.All(sent, device => Assert.True(device.Value >= s_noon.AddHours(29)));
    }

    [Fact]
    public async Task LocalTime_NoZoneOfItsOwn_TakesTheEventsThenTheApps()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.PutLimitsAsync(new AppLimits { QuietHours = new QuietHours(new TimeOnly(3, 0), new TimeOnly(4, 0), "Europe/Madrid") });
        await gateway.ImportAsync(10);
        var sent = Watch(gateway, time);

        var ofApp = await gateway.PublishAsync(AtSix);
        await gateway.WhenCountsAsync(ofApp, counts => counts.Pending == 10);
        await time.ReachAsync(s_noon.AddHours(5), () => sent.Count == 10);
        await gateway.WaitAsync(ofApp);
        Assert.All(sent, device => Assert.InRange(device.Value, s_noon.AddHours(5), s_noon.AddHours(6).AddTicks(-1)));

        sent.Clear();
        var published = time.GetUtcNow();
        var ofEvent = await gateway.PublishAsync(e => AtSix(e) with { Options = AtSix(e).Options with { TimeZone = "America/New_York" } });
        await gateway.WhenCountsAsync(ofEvent, counts => counts.Pending == 10);
        await time.ReachAsync(s_noon.AddHours(11), () => sent.Count == 10);
        await gateway.WaitAsync(ofEvent);
        Assert.All(sent, device => Assert.True(device.Value >= s_noon.AddHours(11)));
        Assert.True(published < s_noon.AddHours(11));
    }

    [Fact]
    public async Task LocalTime_MoreEventsWaitThanAreHeldInMemory_DoNotHoldUpTheOthers()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time, ("MaxActiveEvents", "2"));
        await gateway.ImportAsync(20);
        var waiting = new List<EventRecord>();
        for (var number = 0; number < 5; number++)
        {
            waiting.Add(await gateway.PublishAsync(AtSix));
            await gateway.WhenCountsAsync(waiting[^1], counts => counts.Pending == 20);
        }

        Assert.Equal(20, (await gateway.WaitAsync(await gateway.PublishAsync())).Account.Counts.Accepted);

        await time.ReachAsync(s_noon.AddHours(6), () => gateway.Apns.Sent + gateway.Fcm.Sent == 6 * 20);
        foreach (var record in waiting)
        {
            Assert.Equal(20, (await gateway.WaitAsync(record)).Account.Counts.Accepted);
        }
    }

    [Fact]
    public async Task LocalTime_CancelledWhileWaiting_AccountsForEveryDevice()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await ImportAsync(gateway, 500);
        var record = await gateway.PublishAsync(AtSix);
        await gateway.WhenCountsAsync(record, counts => counts.Pending == 500);
        await time.ReachAsync(s_six[0].At, () => gateway.Apns.Sent + gateway.Fcm.Sent == 100);
        await gateway.WhenCountsAsync(record, counts => counts.Accepted == 100);

        var (final, _) = await gateway.ControlAsync(record, EventControl.Cancel);

        Assert.Equal((EventState.Cancelled, new OutcomeCounts(100, 0, 0, 0, 400, 0)), (final.State, final.Account.Counts));
        var receipt = await gateway.Events.FindReceiptAsync(final, "d4", Cancelled);
        Assert.Equal((ReceiptOutcome.Cancelled, GatewayReasons.EventCancelled), (receipt!.Outcome, receipt.Reason));
    }

    [Fact]
    public async Task LocalTime_PausedUntilItsTtlHasEnded_ExpiresThoseDevicesAlone()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await ImportAsync(gateway, 100);
        var record = await gateway.PublishAsync(AtSix);
        await gateway.WhenCountsAsync(record, counts => counts.Pending == 100);
        await gateway.ControlAsync(record, EventControl.Pause);
        time.Advance(TimeSpan.FromMinutes(15) + s_ttl);

        await gateway.ControlAsync(record, EventControl.Run);
        await gateway.WhenCountsAsync(record, counts => counts is { Expired: 20, Pending: 80 });
        foreach (var (zone, sent) in s_six.Skip(1).Zip([20, 40, 60, 80]))
        {
            await time.ReachAsync(zone.At, () => gateway.Apns.Sent + gateway.Fcm.Sent == sent);
        }

        var final = await gateway.WaitAsync(record);
        Assert.Equal((EventState.Completed, new OutcomeCounts(80, 0, 0, 20, 0, 0)), (final.State, final.Account.Counts));
        Assert.Equal(80, gateway.Apns.Sent + gateway.Fcm.Sent);
    }

    [Fact]
    public async Task LocalTime_DeviceRemovedOrMovedMeanwhile_IsAccountedForOnce()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await ImportAsync(gateway, 20);
        var record = await gateway.PublishAsync(AtSix);
        await gateway.WhenCountsAsync(record, counts => counts.Pending == 20);
        // d1 lives in Madrid, whose time comes later than Kathmandu's and earlier than Tokyo's.
        await gateway.Devices.RemoveAsync(gateway.App.Key, "d1", Cancelled);
        var moved = (await gateway.Devices.FindAsync(gateway.App.Key, "d6", Cancelled))!.Registration;
        await gateway.Devices.RegisterAsync(gateway.App.Key, moved with { TimeZone = "Asia/Tokyo" }, Cancelled);

        foreach (var (zone, sent) in s_six.Zip([4, 7, 11, 15, 19]))
        {
            await time.ReachAsync(zone.At, () => gateway.Apns.Sent + gateway.Fcm.Sent == sent);
        }

        var final = await gateway.WaitAsync(record);
        Assert.Equal(new OutcomeCounts(19, 1, 0, 0, 0, 0), final.Account.Counts);
        Assert.Equal(GatewayReasons.DeviceRemoved, (await gateway.Events.FindReceiptAsync(final, "d1", Cancelled))!.Reason);
        Assert.All(gateway.Apns.Accepted.Concat(gateway.Fcm.Accepted), accepted => Assert.Equal(1, accepted.Value));
    }

    [Fact]
    public async Task LocalTime_ProviderFailsAfterIt_ExpiresByThatDevicesTtl()
    {
        var time = new FakeTimeProvider(s_noon);
        await using var gateway = await DispatchFixture.StartAsync(time, ("UnavailableLimit", "100000"));
        await ImportAsync(gateway, 100);
        var failed = DispatchFixture.Token(1);
        var first = new ConcurrentDictionary<string, DateTimeOffset>();
        gateway.Apns.Answer = gateway.Fcm.Answer = (token, _) =>
        {
            first.TryAdd(token, time.GetUtcNow());
            return token == failed ? new AttemptResult(OutcomeKind.Unavailable, "ServiceUnavailable") : new AttemptResult(OutcomeKind.Accepted);
        };

        var record = await gateway.PublishAsync(AtSix);
        await gateway.WhenCountsAsync(record, counts => counts.Pending == 100);
        await time.ReachAsync(s_six[0].At, () => first.Count == 20);
        await gateway.WhenCountsAsync(record, counts => counts.Accepted == 20, whileWaiting: () => time.Advance(TimeSpan.FromMilliseconds(1)));
        await time.ReachAsync(s_six[1].At, () => first.Count == 40);
        await gateway.WhenCountsAsync(record, counts => counts.Accepted == 39, whileWaiting: () => time.Advance(TimeSpan.FromMilliseconds(1)));
        time.Advance(s_ttl);
        await gateway.WhenCountsAsync(record, counts => counts.Expired == 1, whileWaiting: () => time.Advance(TimeSpan.FromMilliseconds(1)));

        // Its own three hours, and not until those of the last device of the world are over.
        Assert.True(time.GetUtcNow() < s_noon.AddHours(9));
    }

    [Fact]
    public async Task QuietHours_NormalWaitsAndHighPasses()
    {
        var night = s_noon.AddHours(11);
        var time = new FakeTimeProvider(night);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.PutLimitsAsync(s_nights);
        // 23:00 in UTC and 18:00 in New York.
        await gateway.ImportAsync(400, (number, registration) => number % 4 < 2 ? registration with { TimeZone = "America/New_York" } : registration);
        var sent = Watch(gateway, time);

        var normal = await gateway.PublishAsync();
        await gateway.WhenCountsAsync(normal, counts => counts is { Accepted: 200, Pending: 200 });
        var high = await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = e.Options with { Priority = EventPriority.High } }));
        Assert.Equal(400, high.Account.Counts.Accepted);
        var asked = await gateway.PublishAsync(e => e with { Options = e.Options with { Priority = EventPriority.High, IgnoreQuietHours = false } });
        await gateway.WhenCountsAsync(asked, counts => counts is { Accepted: 200, Pending: 200 });
        var told = await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = e.Options with { IgnoreQuietHours = true } }));
        Assert.Equal(400, told.Account.Counts.Accepted);

        sent.Clear();
        await gateway.RestartAsync(graceful: false);
        await time.StepUntilFinalAsync(TimeSpan.FromMinutes(1), gateway, normal);

        Assert.Equal(400, (await gateway.FindAsync(normal)).Account.Counts.Accepted);
        Assert.All(sent, device => Assert.True(device.Value >= night.AddHours(9), $"{device.Key} was woken at {device.Value}."));
    }

    [Fact]
    public async Task QuietHours_TtlEndsWithinThem_Expires()
    {
        var time = new FakeTimeProvider(s_noon.AddHours(11));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.PutLimitsAsync(s_nights);
        await gateway.ImportAsync(50);

        var final = await gateway.WaitAsync(
            await gateway.PublishAsync(e => e with { Options = e.Options with { Ttl = TimeSpan.FromHours(8) } }));

        Assert.Equal((EventState.Expired, new OutcomeCounts(0, 0, 0, 50, 0, 0)), (final.State, final.Account.Counts));
        Assert.Equal(50, final.Account.Providers.Values.Sum(provider => provider.Reasons[GatewayReasons.QuietHours]));
        Assert.Equal(0, gateway.Apns.Sent);
    }

    [Fact]
    public async Task QuietHours_RepeatFallsIntoThem_WaitsForTheirEnd()
    {
        var evening = s_noon.AddHours(9).AddMinutes(59);
        var time = new FakeTimeProvider(evening);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.PutLimitsAsync(s_nights);
        await gateway.ImportAsync(20);
        gateway.Fcm.Answer = (_, attempt) => attempt == 1
            ? new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED") { RetryAfter = TimeSpan.FromMinutes(5) }
            : new AttemptResult(OutcomeKind.Accepted);
        var record = await gateway.PublishAsync();
        await gateway.WhenCountsAsync(record, counts => counts is { Accepted: 10, Pending: 10 });
        var sent = Watch(gateway, time);

        await time.StepUntilFinalAsync(TimeSpan.FromMinutes(1), gateway, record);

        Assert.Equal(20, (await gateway.FindAsync(record)).Account.Counts.Accepted);
        Assert.Equal(10, sent.Count);
        Assert.All(sent, device => Assert.True(device.Value >= s_noon.AddHours(20), $"{device.Key} was woken at {device.Value}."));
    }

    [Fact]
    public async Task QuietHours_CredentialNotUsedBefore_IsTriedOnThoseWhoAreAwake()
    {
        var time = new FakeTimeProvider(s_noon.AddHours(11));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.PutLimitsAsync(s_nights);
        await gateway.ImportAsync(2_000, (number, registration) => number % 4 < 2 ? registration with { TimeZone = "America/New_York" } : registration);

        var record = await gateway.PublishAsync();
        await gateway.WhenCountsAsync(record, counts => counts is { Accepted: 1_000, Pending: 1_000 });

        // A handful, though the page they were found in was a full one.
        Assert.All([gateway.Apns, gateway.Fcm], provider => Assert.InRange(provider.Batches.First(), 1, 10));
    }

    [Fact]
    public async Task QuietHours_CredentialNotUsedBefore_LooksForThemInAFullPage()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.PutLimitsAsync(s_nights);
        var record = await gateway.Events.PublishAsync(
            gateway.App.Key,
            new PushEvent { Id = new string('a', 32), AppId = "app", Type = "x", Audience = Audience.All, CreatedAt = TimeProvider.System.GetUtcNow() },
            null, Cancelled);
        var schedule = new FanOutSchedule(gateway.Apps, gateway.Services.GetRequiredService<ProviderGates>(), pageSize: 50);
        var plan = new FanOutPlan([new FanOutShard { Shard = 0, Provider = ProviderKind.Apns }]);
        var now = TimeProvider.System.GetUtcNow();
        schedule.Add(new FanOut(record.Event!, plan, now));

        var turn = schedule.TakeTurn(now, [], [], out _)!;

        Assert.Equal((true, 50, 10), (turn.IsProbe, turn.Capacity, turn.SendLimit));
    }

    private static PushEvent AtSix(PushEvent pushEvent) =>
        pushEvent with { Options = pushEvent.Options with { LocalTime = new TimeOnly(18, 0), Ttl = s_ttl } };

    private static Task ImportAsync(DispatchFixture gateway, int count) =>
        gateway.ImportAsync(count, (number, registration) => registration with { TimeZone = s_six[number % s_six.Length].Zone });

    /// <summary>Notes when each token is attempted.</summary>
    private static ConcurrentDictionary<string, DateTimeOffset> Watch(DispatchFixture gateway, TimeProvider time)
    {
        var sent = new ConcurrentDictionary<string, DateTimeOffset>();
        gateway.Apns.Before = gateway.Fcm.Before = token =>
        {
            sent[token] = time.GetUtcNow();
            return Task.CompletedTask;
        };
        return sent;
    }
}
