using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>The whole path over a real store, from publish to recorded outcome.</summary>
public sealed class FanOutTests
{
    private static readonly AttemptResult s_unavailable = new(OutcomeKind.Unavailable, "ServiceUnavailable");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_Broadcast_SendsToEveryDeviceExactlyOnce()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2_000);

        var record = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(EventState.Completed, record.State);
        Assert.Equal(new OutcomeCounts(2_000, 0, 0, 0, 0, 0), record.Account.Counts);
        Assert.Equal(2_000, record.Account.Attempts);
        Assert.Equal(1_000, gateway.Apns.Accepted.Count);
        Assert.Equal(1_000, gateway.Fcm.Accepted.Count);
        Assert.All(gateway.Apns.Attempts.Concat(gateway.Fcm.Attempts), attempts => Assert.Equal(1, attempts.Value));
        var timings = record.Timings;
        Assert.NotNull(timings.StartedAt);
        Assert.True(timings.FirstAcceptedAt <= timings.Accepted50At);
        Assert.True(timings.Accepted50At <= timings.Accepted90At && timings.Accepted90At <= timings.Accepted99At);
        Assert.True(timings.Accepted99At <= timings.CompletedAt);
    }

    [Fact]
    public async Task Publish_NobodySubscribed_CompletesWithNobodyTargeted()
    {
        await using var gateway = await DispatchFixture.StartAsync();

        var record = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(EventState.Completed, record.State);
        Assert.Equal(0, record.Account.Counts.Targeted);
    }

    [Fact]
    public async Task Publish_DeadTokens_AreRemovedUnlessRegisteredSince()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(20);
        gateway.Apns.Answer = (token, _) => new AttemptResult(OutcomeKind.Unregistered, "Unregistered")
        {
            Token = TokenVerdict.Remove,
            InvalidSince = token == DispatchFixture.Token(0) ? DateTimeOffset.UnixEpoch : DateTimeOffset.MaxValue,
        };

        var record = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(10, record.Account.Providers[ProviderKind.Apns].Counts.Unregistered);
        Assert.Equal(10, record.Account.Providers[ProviderKind.Apns].Reasons["Unregistered"]);
        Assert.NotNull(await gateway.Devices.FindAsync(gateway.App.Key, "d0", Cancelled));
        Assert.Null(await gateway.Devices.FindAsync(gateway.App.Key, "d2", Cancelled));
        Assert.NotNull(await gateway.Devices.FindAsync(gateway.App.Key, "d1", Cancelled));
        var receipt = await gateway.Events.FindReceiptAsync(record, "d2", Cancelled);
        Assert.Equal((ReceiptOutcome.Unregistered, "Unregistered"), (receipt!.Outcome, receipt.Reason));
    }

    [Fact]
    public async Task Publish_DeviceRegistersWhileItsTokenIsRefused_KeepsTheNewRegistration()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(1);
        var device = (await gateway.Devices.FindAsync(gateway.App.Key, "d0", Cancelled))!;
        gateway.Apns.Before = async _ => await gateway.Devices.RegisterAsync(
            gateway.App.Key, device.Registration with { Token = DispatchFixture.Token(77) }, Cancelled);
        gateway.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Unregistered, "Unregistered")
        {
            Token = TokenVerdict.Remove,
            InvalidSince = DateTimeOffset.MaxValue,
        };

        await gateway.WaitAsync(await gateway.PublishAsync());

        var kept = await gateway.Devices.FindAsync(gateway.App.Key, "d0", Cancelled);
        Assert.Equal(DispatchFixture.Token(77), kept!.Registration.Token);
    }

    [Fact]
    public async Task Publish_TemporaryOutcomes_AreRepeatedUntilAccepted()
    {
        await using var gateway = await DispatchFixture.StartAsync(options: ("UnavailableLimit", "100000"));
        await gateway.ImportAsync(500);
        // Two repeats in process are not enough for these: they pass through the deferred table.
        gateway.Fcm.Answer = (_, attempt) => attempt < 5 ? s_unavailable : new AttemptResult(OutcomeKind.Accepted);

        var record = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(EventState.Completed, record.State);
        Assert.Equal(new OutcomeCounts(500, 0, 0, 0, 0, 0), record.Account.Counts);
        Assert.Equal(250 + (5 * 250), record.Account.Attempts);
        Assert.All(gateway.Fcm.Accepted, accepted => Assert.Equal(1, accepted.Value));
    }

    [Fact]
    public async Task Publish_ProviderNamesALongWait_DefersWithoutHoldingThePage()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(100);
        gateway.Fcm.Answer = (_, attempt) => attempt == 1
            ? new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED") { RetryAfter = TimeSpan.FromSeconds(60) }
            : new AttemptResult(OutcomeKind.Accepted);
        var record = await gateway.PublishAsync();
        await Task.WhenAll(gateway.Apns.WhenSentAsync(50), gateway.Fcm.WhenSentAsync(50));

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(50, gateway.Fcm.Sent);
        await Eventually.IsAsync(() => gateway.Dispatcher.FindProgress(record.Key)!.Account.Counts is { Accepted: 50, Pending: 50 });
        await time.StepUntilFinalAsync(TimeSpan.FromSeconds(5), gateway, record);

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0, 0, 0), (await gateway.FindAsync(record)).Account.Counts);
        Assert.Equal(100, gateway.Fcm.Sent);
    }

    [Fact]
    public async Task Publish_CredentialRefused_StopsThatProviderAloneAndGoesOnWhenFixed()
    {
        await using var gateway = await DispatchFixture.StartAsync(options: ("ProbeInterval", "00:10:00"));
        await gateway.ImportAsync(1_000);
        var revoked = true;
        gateway.Apns.Answer = (_, _) => Volatile.Read(ref revoked)
            ? new AttemptResult(OutcomeKind.Unauthorized, "InvalidProviderToken") { Credential = CredentialVerdict.Stop }
            : new AttemptResult(OutcomeKind.Accepted);
        var record = await gateway.PublishAsync();
        await gateway.Fcm.WhenSentAsync(500);

        var health = gateway.Dispatcher.GetHealth(gateway.App.Key).Single(provider => provider.Provider == ProviderKind.Apns);
        Assert.Equal((ProviderState.Stopped, "InvalidProviderToken"), (health.State, health.Reason));
        Assert.InRange(gateway.Apns.Sent, 1, 8); // one per page that was out when the refusal came
        Volatile.Write(ref revoked, false);
        await gateway.PutApnsAsync();
        var final = await gateway.WaitAsync(record);

        Assert.Equal(EventState.Completed, final.State);
        Assert.Equal(new OutcomeCounts(1_000, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.All(gateway.Apns.Accepted, accepted => Assert.Equal(1, accepted.Value));
        Assert.Equal(500, gateway.Fcm.Sent);
    }

    [Fact]
    public async Task Publish_CredentialAcceptedAgainByTheProvider_IsFoundOutByAProbe()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(200);
        var refusals = 0;
        gateway.Apns.Answer = (_, _) => Interlocked.Increment(ref refusals) <= 3
            ? new AttemptResult(OutcomeKind.Unauthorized, "ExpiredProviderToken") { Credential = CredentialVerdict.Stop }
            : new AttemptResult(OutcomeKind.Accepted);

        var final = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(new OutcomeCounts(200, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.All(gateway.Apns.Accepted, accepted => Assert.Equal(1, accepted.Value));
    }

    [Fact]
    public async Task Publish_EveryTokenLooksLikeAnotherEnvironment_StopsBeforeTheAudienceIsBurnt()
    {
        await using var gateway = await DispatchFixture.StartAsync(
            options: [("SuspectTokenLimit", "20"), ("PageSize", "200"), ("MaxDevicesInFlight", "4000"), ("ProbeInterval", "00:10:00")]);
        await gateway.ImportAsync(2_000);
        var wrong = true;
        gateway.Apns.Answer = (_, _) => Volatile.Read(ref wrong)
            ? new AttemptResult(OutcomeKind.Rejected, "BadDeviceToken") { Token = TokenVerdict.Quarantine }
            : new AttemptResult(OutcomeKind.Accepted);
        var first = await gateway.PublishAsync();
        await gateway.Fcm.WhenSentAsync(1_000);

        var health = await WhenStoppedAsync(gateway, ProviderKind.Apns);
        Assert.Equal("BadDeviceToken", health.Reason);
        Assert.InRange(gateway.Apns.Sent, 20, 29);
        var refused = gateway.Apns.Attempts.Keys.ToList();
        Volatile.Write(ref wrong, false);
        await gateway.PutApnsAsync(DeviceEnvironment.Sandbox);
        var final = await gateway.WaitAsync(first);

        Assert.Equal(1_000 - refused.Count, final.Account.Providers[ProviderKind.Apns].Counts.Accepted);
        // None was deleted, and under the new credential all of them are in the audience again.
        var second = await gateway.WaitAsync(await gateway.PublishAsync());
        Assert.Equal(2_000, second.Account.Counts.Accepted);
    }

    /// <summary>A first push that comes to nothing, such as to a device that is gone, must not leave the others waiting.</summary>
    [Fact]
    public async Task Publish_ManyEventsWithANewCredential_AllGoOutWithoutWaitingForTheProbesTime()
    {
        await using var gateway = await DispatchFixture.StartAsync(options: [("ProbeInterval", "00:10:00")]);
        await gateway.ImportAsync(40);
        gateway.Apns.Answer = (token, _) => token == DispatchFixture.Token(38)
            ? new AttemptResult(OutcomeKind.Accepted)
            : new AttemptResult(OutcomeKind.Rejected, "BadDeviceToken") { Token = TokenVerdict.Quarantine };

        var events = new List<EventRecord>();
        for (var device = 0; device < 40; device += 2)
        {
            var id = $"d{device}";
            events.Add(await gateway.PublishAsync(it => it with { Audience = new Audience(AudienceKind.Devices, [id]) }));
        }

        foreach (var published in events)
        {
            Assert.Equal(1, (await gateway.WaitAsync(published)).Account.Counts.Targeted);
        }

        Assert.Equal(20, gateway.Apns.Sent);
    }

    [Fact]
    public async Task Publish_ProvedCredential_RemovesTokensOfAnotherEnvironment()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2);
        await gateway.WaitAsync(await gateway.PublishAsync());
        gateway.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Rejected, "BadDeviceToken") { Token = TokenVerdict.Quarantine };

        await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Null(await gateway.Devices.FindAsync(gateway.App.Key, "d0", Cancelled));
    }

    [Fact]
    public async Task Publish_UnprovedCredential_SetsTokensAsideUntilTheyRegisterAgain()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(1);
        gateway.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Rejected, "BadDeviceToken") { Token = TokenVerdict.Quarantine };
        await gateway.WaitAsync(await gateway.PublishAsync());

        var device = await gateway.Devices.FindAsync(gateway.App.Key, "d0", Cancelled);
        Assert.True(device!.IsQuarantined);
        Assert.Equal(0, (await gateway.WaitAsync(await gateway.PublishAsync())).Account.Counts.Targeted);
        await gateway.Devices.RegisterAsync(gateway.App.Key, device.Registration, Cancelled);
        gateway.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Accepted);

        Assert.Equal(1, (await gateway.WaitAsync(await gateway.PublishAsync())).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Publish_ProviderFails_IsLeftAloneAndTriedWithAHandfulUntilItAnswers()
    {
        await using var gateway = await DispatchFixture.StartAsync(options: [("BackOffDelay", "00:00:00.020"), ("InProcessRetries", "0")]);
        await gateway.ImportAsync(4_000);
        var down = true;
        gateway.Apns.Answer = (_, _) => Volatile.Read(ref down) ? s_unavailable : new AttemptResult(OutcomeKind.Accepted);
        var record = await gateway.PublishAsync();
        await Task.WhenAll(gateway.Fcm.WhenSentAsync(2_000), gateway.Apns.WhenSentAsync(50));

        // Pages that were out when it began to fail, and probes of ten since.
        Assert.InRange(gateway.Apns.Attempts.Count, 50, 1_000);
        Volatile.Write(ref down, false);
        var final = await gateway.WaitAsync(record);

        Assert.Equal(new OutcomeCounts(4_000, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.All(gateway.Apns.Accepted, accepted => Assert.Equal(1, accepted.Value));
    }

    [Fact]
    public async Task Cancel_InMidSend_StopsAndAccountsForEveryDevice()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2_000);
        var open = new TaskCompletionSource();
        var begun = 0;
        gateway.Apns.Before = gateway.Fcm.Before = async _ =>
        {
            if (Interlocked.Increment(ref begun) > 300)
            {
                await open.Task;
            }
        };
        var record = await gateway.PublishAsync();
        await Eventually.IsAsync(() => Volatile.Read(ref begun) > 300);

        var cancelling = gateway.ControlAsync(record, EventControl.Cancel);
        // Those under way get their answer; the cancel is applied while they wait for it.
        await Eventually.IsAsync(() => gateway.Dispatcher.FindProgress(record.Key) is null ||
            Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions
                .GetRequiredService<FanOutSchedule>(gateway.Services).Find(record.Key) is { Control: EventControl.Cancel });
        open.SetResult();
        var (final, allowed) = await cancelling;

        Assert.True(allowed);
        Assert.Equal(EventState.Cancelled, final.State);
        var counts = final.Account.Counts;
        var accepted = gateway.Apns.Accepted.Count + gateway.Fcm.Accepted.Count;
        Assert.Equal(accepted, counts.Accepted);
        Assert.Equal(2_000 - accepted, counts.Cancelled);
        Assert.Equal((2_000L, 0L), (counts.Targeted, counts.Pending));
        Assert.True(accepted < 1_000);
        Assert.False((await gateway.ControlAsync(record, EventControl.Cancel)).Allowed);
    }

    [Theory]
    [InlineData(EventControl.Cancel)]
    [InlineData(EventControl.Pause)]
    public async Task Control_InMidPage_EndsThePageToo(EventControl control)
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(50, (_, registration) => registration with { Provider = ProviderKind.Fcm, SubscriberId = "one" });
        await gateway.ProveAsync();
        gateway.Fcm.Batches.Clear();
        var (sent, goOn) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        gateway.Fcm.Before = _ => ++sent == 20 ? goOn.Task : Task.CompletedTask;
        var record = await gateway.PublishAsync();
        await Eventually.IsAsync(() => Volatile.Read(ref sent) == 20);
        Assert.Equal([50], gateway.Fcm.Batches);
        gateway.FanOuts.Changes.Clear();

        var controlled = gateway.ControlAsync(record, control);
        await Eventually.IsAsync(() => gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key)?.Control == control);
        goOn.SetResult();
        await controlled;

        Assert.Equal(20, sent);
        if (control == EventControl.Cancel)
        {
            Assert.Equal(new OutcomeCounts(20, 0, 0, 0, 30, 0), (await gateway.WaitAsync(record)).Account.Counts);

            // What was not sent is settled with its page, and not read again for it.
            Assert.Single(gateway.FanOuts.Changes, change => change == "page");
            return;
        }

        await gateway.ControlAsync(record, EventControl.Run);
        Assert.Equal(new OutcomeCounts(50, 0, 0, 0, 0, 0), (await gateway.WaitAsync(record)).Account.Counts);
        Assert.Equal(50, sent);
    }

    [Fact]
    public async Task Pause_WhileItOnlyWaits_GivesItsRoomToOthers()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(2);
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { SendAt = time.GetUtcNow().AddSeconds(4) } });
        Assert.NotNull(gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key));

        await gateway.ControlAsync(record, EventControl.Pause);

        Assert.Null(gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key));
    }

    /// <summary>The clock stands still, and the gate is not tried for half an hour.</summary>
    [Fact]
    public async Task Publish_GateOpensByAPageThatWasOut_LetsOthersGoOnAtOnce()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time, ("BackOffDelay", "00:30:00"), ("ProbeIntervalLimit", "01:00:00"));
        await gateway.ImportAsync(4, (_, registration) => registration with { Provider = ProviderKind.Fcm });
        await gateway.ProveAsync();
        var (isOut, goOn) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        gateway.Fcm.Before = token =>
        {
            if (token != DispatchFixture.Token(2))
            {
                return Task.CompletedTask;
            }

            isOut.TrySetResult();
            return goOn.Task;
        };
        var first = await gateway.PublishAsync(e => e with { Audience = new Audience(AudienceKind.Devices, ["d2"]) });
        await isOut.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        gateway.GateOf(ProviderKind.Fcm).Report([s_unavailable], gateway.App.CredentialFor(ProviderKind.Fcm)!.Version, isFailing: true);
        var second = await gateway.PublishAsync(e => e with { Audience = new Audience(AudienceKind.Devices, ["d3"]) });
        await Eventually.IsAsync(() => gateway.Services.GetRequiredService<FanOutSchedule>().Find(second.Key)?.WakeAt is not null);

        goOn.SetResult();

        Assert.Equal(1, (await gateway.WaitAsync(first)).Account.Counts.Accepted);
        Assert.Equal(1, (await gateway.WaitAsync(second)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task ResumeProvider_AfterARefusal_GoesOnAtOnce()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time, ("ProbeInterval", "00:30:00"), ("ProbeIntervalLimit", "01:00:00"));
        await gateway.ImportAsync(1);
        gateway.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Unauthorized, "InvalidProviderToken") { Credential = CredentialVerdict.Stop };
        var record = await gateway.PublishAsync();
        await Eventually.IsAsync(() => gateway.HealthOf(ProviderKind.Apns).State == ProviderState.Stopped &&
            gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key) is { WakeAt: not null, PagesUnderWay: 0 });
        gateway.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Accepted);

        gateway.Dispatcher.ResumeProvider(gateway.App.Key, ProviderKind.Apns);

        Assert.Equal(1, (await gateway.WaitAsync(record)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Pause_InMidSend_HoldsEverythingAndResumeSendsTheRestOnce()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2_000);
        var record = await gateway.PublishAsync();
        await gateway.Apns.WhenSentAsync(100);

        var (paused, _) = await gateway.ControlAsync(record, EventControl.Pause);
        Assert.Equal(EventState.Paused, paused.State);
        var sent = gateway.Apns.Sent + gateway.Fcm.Sent;
        Assert.Equal(sent, paused.Account.Counts.Accepted);
        await gateway.RestartAsync();
        Assert.Equal(sent, gateway.Apns.Sent + gateway.Fcm.Sent);
        Assert.Equal(EventState.Paused, (await gateway.FindAsync(record)).State);
        await gateway.ControlAsync(record, EventControl.Run);
        var final = await gateway.WaitAsync(record);

        Assert.Equal(EventState.Completed, final.State);
        Assert.Equal(new OutcomeCounts(2_000, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.Equal(2_000, gateway.Apns.Sent + gateway.Fcm.Sent);
    }

    [Fact]
    public async Task Stop_InMidBroadcast_SendsNothingTwiceAfterTheRestart()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(3_000);
        var record = await gateway.PublishAsync();
        await gateway.Apns.WhenSentAsync(200);

        await gateway.RestartAsync();
        var final = await gateway.WaitAsync(record);

        Assert.Equal(new OutcomeCounts(3_000, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.Equal(3_000, gateway.Apns.Sent + gateway.Fcm.Sent);
    }

    [Fact]
    public async Task Crash_InMidBroadcast_LosesNobodyAndRepeatsAtMostWhatWasInFlight()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(3_000);
        var record = await gateway.PublishAsync();
        await gateway.Apns.WhenSentAsync(400);

        await gateway.RestartAsync(graceful: false);
        var final = await gateway.WaitAsync(record);

        Assert.Equal(new OutcomeCounts(3_000, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.Equal(3_000, gateway.Apns.Accepted.Count + gateway.Fcm.Accepted.Count);
        Assert.InRange(gateway.Apns.Sent + gateway.Fcm.Sent, 3_000, 3_000 + 400);
    }

    [Fact]
    public async Task Ttl_EndsWhileTheProviderFails_ExpiresEveryDeviceLeft()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(600);
        gateway.Apns.Answer = gateway.Fcm.Answer = (_, _) => s_unavailable;
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { Ttl = TimeSpan.FromSeconds(30) } });
        await gateway.Apns.WhenSentAsync(1);

        await time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal(EventState.Expired, final.State);
        Assert.Equal(new OutcomeCounts(0, 0, 0, 600, 0, 0), final.Account.Counts);
        Assert.True(final.Timings.CompletedAt >= record.Event.Expiration);
    }

    [Fact]
    public async Task Ttl_EndsWhilePartIsUnread_IsExpiredThoughSomeWereAccepted()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(50, (_, registration) => registration with { Provider = ProviderKind.Apns, SubscriberId = "one" });
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { Ttl = TimeSpan.FromSeconds(30), MaxRatePerSecond = 40 } });
        await gateway.WhenRecordedAsync(record, counts => counts is { Accepted: 10 });

        await time.ReachAsync(record.Event.Expiration, () => gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key) is null);

        var final = await gateway.FindAsync(record);
        Assert.Equal((EventState.Expired, new OutcomeCounts(10, 0, 0, 40, 0, 0)), (final.State, final.Account.Counts));
    }

    [Fact]
    public async Task Ttl_EndsWhileTheProviderAsksToWaitForLonger_ExpiresThenAndNotLater()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time, ("UnavailableLimit", "5"));
        await gateway.ImportAsync(20, (_, registration) => registration with { Provider = ProviderKind.Apns, SubscriberId = "one" });
        gateway.Apns.Answer = (_, _) => s_unavailable with { RetryAfter = TimeSpan.FromMinutes(30) };
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { Ttl = TimeSpan.FromSeconds(60) } });
        await Eventually.IsAsync(() => gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key) is { WakeAt: not null, PagesUnderWay: 0 });

        await time.ReachAsync(record.Event.Expiration, () => gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key) is null);

        var final = await gateway.FindAsync(record);
        Assert.Equal((EventState.Expired, 20), (final.State, final.Account.Counts.Expired));
    }

    [Fact]
    public async Task Ttl_EndsWhileAPageIsOut_EndsThePageToo()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(10, (_, registration) => registration with { SubscriberId = "one", Provider = ProviderKind.Fcm });
        await gateway.ProveAsync();
        gateway.FanOuts.Changes.Clear();
        var sent = 0;
        var end = time.GetUtcNow().AddSeconds(30);
        gateway.Fcm.Before = _ =>
        {
            if (++sent == 5)
            {
                time.Advance(TimeSpan.FromSeconds(30));
            }

            return Task.CompletedTask;
        };

        // As the senders do: nothing is begun after it.
        gateway.Fcm.Answer = (_, _) => time.GetUtcNow() < end ? new AttemptResult(OutcomeKind.Accepted) : default;
        var final = await gateway.WaitAsync(await gateway.PublishAsync(e => e with
        {
            Filter = new AudienceFilter { Providers = ProviderSet.Fcm },
            Options = e.Options with { Ttl = TimeSpan.FromSeconds(30) },
        }));

        Assert.Equal(new OutcomeCounts(4, 0, 0, 6, 0, 0), final.Account.Counts);

        // What was not sent is settled with its page, and not read again for it.
        Assert.Single(gateway.FanOuts.Changes, change => change == "page");
    }

    [Fact]
    public async Task Ttl_Zero_GivesEveryDeviceOneAttempt()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(100);
        gateway.Fcm.Answer = (_, _) => new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED");

        var final = await gateway.WaitAsync(
            await gateway.PublishAsync(e => e with { Options = e.Options with { Ttl = TimeSpan.Zero } }));

        Assert.Equal(new OutcomeCounts(50, 0, 0, 50, 0, 0), final.Account.Counts);
        Assert.Equal(50, gateway.Fcm.Sent);
        Assert.Equal(50, final.Account.Providers[ProviderKind.Fcm].Reasons["QUOTA_EXCEEDED"]);
    }

    [Fact]
    public async Task SendAt_Later_SendsNothingBeforeAndSurvivesARestart()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(100);
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { SendAt = time.GetUtcNow().AddHours(1) } });
        Assert.Equal(EventState.Scheduled, record.State);

        time.Advance(TimeSpan.FromMinutes(30));
        await gateway.RestartAsync();
        time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(0, gateway.Apns.Sent);
        Assert.Equal(EventState.Scheduled, (await gateway.FindAsync(record)).State);
        await time.StepUntilFinalAsync(TimeSpan.FromSeconds(10), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal(100, final.Account.Counts.Accepted);
        Assert.True(final.Timings.StartedAt >= record.Event.Options.SendAt);
    }

    /// <summary>It is taken up some seconds before its time, to be ready.</summary>
    [Fact]
    public async Task SendAt_SecondsAway_IsNotSentBefore()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(100);
        await gateway.ProveAsync();
        var sendAt = time.GetUtcNow().AddSeconds(4);
        DateTimeOffset? first = null;
        gateway.Apns.Before = gateway.Fcm.Before = token =>
        {
            first ??= token == DispatchFixture.Token(0) ? null : time.GetUtcNow();
            return Task.CompletedTask;
        };
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { SendAt = sendAt } });
        time.Advance(TimeSpan.FromSeconds(3));

        // Whoever is due is sent to meanwhile.
        await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Audience = new Audience(AudienceKind.Devices, ["d0"]) }));
        await time.ReachAsync(sendAt, () => first is not null);

        Assert.InRange(first!.Value, sendAt, sendAt.AddSeconds(1));
        Assert.Equal(100, (await gateway.WaitAsync(record)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Publish_AnyPriority_TellsTheSenderHowUrgentItIsAndWhenItEnds()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2);
        foreach (var priority in new[] { EventPriority.High, EventPriority.Normal, EventPriority.Bulk })
        {
            gateway.Fcm.Given.Clear();
            var record = await gateway.PublishAsync(e => e with { Options = e.Options with { Priority = priority, Ttl = TimeSpan.FromMinutes(7) } });
            await gateway.WaitAsync(record);

            Assert.Equal([(priority, record.Event.Expiration)], gateway.Fcm.Given);
        }
    }

    [Fact]
    public async Task MaxRate_PerEvent_IsNeverExceeded()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(400);
        var started = time.GetUtcNow();
        var most = 0.0;
        var sent = 0;
        gateway.Apns.Before = gateway.Fcm.Before = _ =>
        {
            // At 40 a second, a quarter of a second's worth may come at once.
            var allowed = 10 + ((time.GetUtcNow() - started).TotalSeconds * 40);
            most = Math.Max(most, Interlocked.Increment(ref sent) - allowed);
            return Task.CompletedTask;
        };

        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { MaxRatePerSecond = 40 } });
        await time.StepUntilFinalAsync(TimeSpan.FromMilliseconds(100), gateway, record);

        Assert.Equal(400, (await gateway.FindAsync(record)).Account.Counts.Accepted);
        Assert.True(most <= 0, $"{most} above the rate");
        Assert.True(time.GetUtcNow() - started >= TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task Publish_Localizations_ReachDevicesOfThatLanguage()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        string?[] locales = [null, "es", "es-mx", "de", "zh-hant-tw", "es-ar"];
        await gateway.ImportAsync(60, (number, registration) => registration with { Locale = locales[number % 6] });

        await gateway.WaitAsync(await gateway.PublishAsync(e => e with
        {
            Localizations = new Dictionary<string, NotificationContent>
            {
                ["es"] = new() { Title = "Vídeo nuevo" },
                ["es-mx"] = new() { Title = "Video nuevo" },
                ["zh-hant"] = new() { Body = "only a body" },
            },
        }));

        var texts = gateway.Apns.Texts.Concat(gateway.Fcm.Texts).ToDictionary();
        string[] expected = ["New video", "Vídeo nuevo", "Video nuevo", "New video", "New video", "Vídeo nuevo"];
        Assert.All(Enumerable.Range(0, 60), number => Assert.Equal(expected[number % 6], texts[DispatchFixture.Token(number)]));
    }

    [Fact]
    public async Task Publish_DevicesThatCannotBeSentTo_AreRejectedWithTheGatewaysReason()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(20, (number, registration) => number % 4 == 0
            ? registration with { Environment = DeviceEnvironment.Sandbox }
            : registration);

        var final = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(5, final.Account.Providers[ProviderKind.Apns].Reasons[GatewayReasons.EnvironmentMismatch]);
        Assert.Equal(5, final.Account.Providers[ProviderKind.Apns].Counts.Rejected);
        Assert.Equal(15, final.Account.Counts.Accepted);
    }

    [Fact]
    public async Task Progress_AtEveryInstant_AddsUp()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(3_000);
        // Not all of them in a row: a provider that fails for everybody is left alone for longer than a test wants to wait.
        gateway.Fcm.Answer = (token, attempt) => attempt == 1 && token[^1] != '1' ? s_unavailable : new AttemptResult(OutcomeKind.Accepted);
        var record = await gateway.PublishAsync();
        var (samples, targeted, started) = (0, 0L, TimeProvider.System.GetTimestamp());
        while (gateway.Dispatcher.FindProgress(record.Key) is { } progress)
        {
            foreach (var provider in progress.Account.Providers.Values)
            {
                Assert.True(provider.Counts is { Pending: >= 0, Accepted: >= 0 });
            }

            Assert.True(progress.Account.Counts.Targeted >= targeted);
            targeted = progress.Account.Counts.Targeted;
            samples++;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), $"The event stays {progress.Account.Counts}.");
            await Task.Yield();
        }

        Assert.True(samples > 0);
        Assert.Equal(3_000, (await gateway.WaitAsync(record)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Publish_HighWhileABulkRuns_DoesNotWaitForIt()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(4_000);
        var bulk = await gateway.PublishAsync(e => e with { Options = e.Options with { Priority = EventPriority.Bulk } });
        await gateway.Apns.WhenSentAsync(100);

        var high = await gateway.PublishAsync(e => e with
        {
            Audience = new Audience(AudienceKind.Devices, ["d0", "d1", "d2"]),
            Options = e.Options with { Priority = EventPriority.High },
        });
        var final = await gateway.WaitAsync(high);

        Assert.Equal(3, final.Account.Counts.Accepted);
        Assert.NotNull(gateway.Dispatcher.FindProgress(bulk.Key));
        await gateway.WaitAsync(bulk);
    }

    /// <summary>The gate closes when a page's answers have been reported, which is after the last of them was given.</summary>
    private static async Task<ProviderHealth> WhenStoppedAsync(DispatchFixture gateway, ProviderKind kind)
    {
        var health = gateway.HealthOf(kind);
        await Eventually.IsAsync(
            () =>
            {
                health = gateway.HealthOf(kind);
                return health.State == ProviderState.Stopped;
            },
            () => $"{kind} does not stop: {health}");
        return health;
    }
}
