using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>When, how often and whether at all an attempt is repeated, over a real store.</summary>
public sealed class RetryTests
{
    private static readonly AttemptResult s_accepted = new(OutcomeKind.Accepted);
    private static readonly AttemptResult s_unavailable = new(OutcomeKind.Unavailable, "ServiceUnavailable");

    private static readonly AttemptResult s_tooFast = new(OutcomeKind.Throttled, "TooManyRequests") { Scope = OutcomeScope.Device };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Publish_HalfOfTheDevicesFail_RepeatsStayWithinTheBudgetAndNobodyIsLost()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("RetryBudgetFloor", "5"), ("UnavailableLimit", "100000"), ("InProcessRetryDelay", "00:00:00.200"));
        await gateway.ImportAsync(1_000, OnFcm);
        using var metrics = new AttemptMetrics(gateway.Services);
        var gate = new Lock();
        var (first, repeats, start, worst) = (0, 0, _time.GetUtcNow(), double.MinValue);
        gateway.Fcm.Answer = (token, attempt) =>
        {
            lock (gate)
            {
                first += attempt == 1 ? 1 : 0;
                repeats += attempt == 1 ? 0 : 1;
                worst = Math.Max(worst, repeats - (first * 0.1) - (5 * (1 + (_time.GetUtcNow() - start).TotalSeconds)));
            }

            return attempt == 1 && token[^1] is '0' or '2' or '4' or '6' or '8' or 'a' or 'c' or 'e' ? s_unavailable : s_accepted;
        };

        var record = await gateway.PublishAsync();
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal(new OutcomeCounts(1_000, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.Equal((1_000, 500), (first, repeats));
        Assert.Equal((1_000, 500), (metrics.First, metrics.Repeats));
        Assert.True(metrics.HeldBack > 0);
        Assert.Equal(1_500, final.Account.Attempts);
        Assert.True(worst <= 0, $"{worst} repeats above the budget");
        Assert.True(_time.GetUtcNow() - start > TimeSpan.FromSeconds(30), "400 repeats at 5 a second take longer.");
    }

    [Fact]
    public async Task Publish_OneOfManyFails_DoesNotHoldThePageForIt()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("InProcessRetryDelay", "00:00:00.200"));
        await gateway.ImportAsync(25, InOneShard);
        gateway.Fcm.Answer = (token, attempt) => token == DispatchFixture.Token(7) && attempt == 1 ? s_unavailable : s_accepted;
        var record = await gateway.PublishAsync();
        await gateway.Fcm.WhenSentAsync(25);

        // The clock stands still: whoever waited for the repeat would wait for ever.
        await gateway.WhenRecordedAsync(record, counts => counts is { Accepted: 24, Pending: 1 });
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        Assert.Equal(25, (await gateway.FindAsync(record)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Publish_NextAttemptWouldComeTooLate_IsExpiredAtOnce()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.ImportAsync(20, OnFcm);
        gateway.Fcm.Answer = (token, _) => token == DispatchFixture.Token(7)
            ? new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED") { RetryAfter = TimeSpan.FromSeconds(60) }
            : s_accepted;

        // Nobody moves the clock.
        var final = await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = e.Options with { Ttl = TimeSpan.FromSeconds(30) } }));

        Assert.Equal((EventState.Completed, new OutcomeCounts(19, 0, 0, 1, 0, 0)), (final.State, final.Account.Counts));
        Assert.Equal(1, final.Account.Providers[ProviderKind.Fcm].Reasons[GatewayReasons.TtlExpired]);
        Assert.Equal(20, final.Account.Attempts);
    }

    [Fact]
    public async Task Publish_RepeatInProcessWouldComeTooLate_IsExpiredAtOnce()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("InProcessRetryLimit", "00:00:10"));
        await gateway.ImportAsync(20, (_, registration) => registration with { Provider = ProviderKind.Apns });
        gateway.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Throttled, "TooManyRequests") { Scope = OutcomeScope.Device, RetryAfter = TimeSpan.FromSeconds(8) };

        // Nobody moves the clock: a page that was held for its repeats would be held for ever.
        var final = await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = e.Options with { Ttl = TimeSpan.FromSeconds(5) } }));

        Assert.Equal((EventState.Expired, new OutcomeCounts(0, 0, 0, 20, 0, 0)), (final.State, final.Account.Counts));
        Assert.Equal(20, gateway.Apns.Sent);
    }

    /// <summary>Three attempts with the first page, then one with each page of deferred devices.</summary>
    [Fact]
    public async Task Publish_DeferredDeviceFailsAgain_WaitsInTheStoreAndNotInThePage()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.ImportAsync(16, InOneShard);
        await gateway.ProveAsync();
        gateway.Fcm.Batches.Clear();
        gateway.FanOuts.Changes.Clear();
        var answers = 0;
        gateway.Fcm.Answer = (_, _) => Interlocked.Increment(ref answers) <= 6 * 16 ? s_tooFast : s_accepted;

        var record = await gateway.PublishAsync(e => e with { Filter = new AudienceFilter { Providers = ProviderSet.Fcm } });
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        Assert.Equal(Enumerable.Repeat(16, 7), gateway.Fcm.Batches);
        Assert.Equal(5, gateway.FanOuts.Changes.Count(change => change == "page"));
    }

    [Fact]
    public async Task Publish_AttemptsAreUsedUpInProcess_EndsThere()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("MaxAttempts", "2"));
        await gateway.ImportAsync(20, InOneShard);
        gateway.Fcm.Answer = (_, _) => s_tooFast;

        var record = await gateway.PublishAsync();
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal((20, 40), (final.Account.Counts.Expired, final.Account.Attempts));
        Assert.Equal(20, final.Account.Providers[ProviderKind.Fcm].Reasons[GatewayReasons.AttemptsExhausted]);
    }

    [Fact]
    public async Task Publish_PageClosesTheGate_IsRecordedWithoutWaitingForRepeats()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("UnavailableLimit", "5"));
        await gateway.ImportAsync(10, InOneShard);
        await gateway.ProveAsync();
        gateway.Fcm.Answer = (_, _) => s_unavailable;

        // The clock stands still: a page that was held for its repeats would be held for ever.
        var record = await gateway.PublishAsync();
        await gateway.WhenRecordedAsync(record, counts => counts is { Pending: 10 });

        Assert.Equal(ProviderState.BackingOff, gateway.HealthOf(ProviderKind.Fcm).State);
    }

    [Fact]
    public async Task Publish_GateClosesWhileAPageIsHeldForRepeats_MakesNone()
    {
        var time = new WatchedTime();
        await using var gateway = await DispatchFixture.StartAsync(time, ("BackOffDelay", "00:30:00"), ("ProbeIntervalLimit", "01:00:00"));
        await gateway.ImportAsync(20, InOneShard);
        await gateway.ProveAsync();
        var (sent, timers) = (gateway.Fcm.Sent, time.Timers);
        gateway.Fcm.Answer = (_, _) => s_tooFast;
        var record = await gateway.PublishAsync();
        await gateway.Fcm.WhenSentAsync(sent + 20);
        await Eventually.IsAsync(() => time.Timers > timers);

        // Another page's news.
        gateway.GateOf(ProviderKind.Fcm).Report([s_unavailable], gateway.App.CredentialFor(ProviderKind.Fcm)!.Version, isFailing: true);
        time.Advance(TimeSpan.FromSeconds(1));
        await gateway.WhenRecordedAsync(record, counts => counts is { Pending: 20 });

        Assert.Equal(sent + 20, gateway.Fcm.Sent);
    }

    [Fact]
    public async Task Publish_ManySentBefore_EarnsTheRepeatsOfAFew()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("RetryBudgetFloor", "1"));
        await gateway.ImportAsync(500, InOneShard);
        using var metrics = new AttemptMetrics(gateway.Services);
        gateway.Fcm.Answer = (token, attempt) => attempt == 1 && string.CompareOrdinal(token, DispatchFixture.Token(460)) >= 0 ? s_tooFast : s_accepted;

        var record = await gateway.PublishAsync();
        await _time.StepUntilFinalAsync(TimeSpan.FromMilliseconds(10), gateway, record);

        Assert.Equal((500, 40, 0), (metrics.First, metrics.Repeats, metrics.HeldBack));
    }

    /// <summary>What may be repeated is one device a second.</summary>
    [Fact]
    public async Task Publish_RepeatsHeldBack_GiveBackWhatTheyHadReservedAndAreNotLookedAtForASecond()
    {
        await using var gateway = await DispatchFixture.StartAsync(
            _time, ("RetryBudgetFloor", "1"), ("RetryBudgetPercent", "0"), ("InProcessRetries", "0"));
        await gateway.PutFcmAsync(messagesPerMinute: 600);
        await gateway.PutLimitsAsync(new AppLimits { MaxRatePerSecond = 40 });
        await gateway.ImportAsync(10, InOneShard);
        using var metrics = new AttemptMetrics(gateway.Services);
        gateway.Fcm.Answer = (_, attempt) => attempt == 1 ? s_tooFast : s_accepted;
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { MaxRatePerSecond = 40 } });
        await gateway.WhenRecordedAsync(record, counts => counts.Pending == 10);

        await _time.ReachAsync(_time.GetUtcNow().AddSeconds(2), () => metrics.HeldBack > 0);
        await gateway.WhenRecordedAsync(record, counts => counts is { Accepted: 1, Pending: 9 });

        var (gate, now) = (gateway.GateOf(ProviderKind.Fcm), _time.GetUtcNow());
        Assert.Equal(9, metrics.HeldBack);
        Assert.False(gate.Repeats.Admits(now, out var retryAt));
        Assert.InRange(retryAt - now, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(1));
        Assert.True(
            await gateway.FanOuts.FindDeferredDueAsync(record.Key, Shard.Of("one"), ProviderKind.Fcm, TestContext.Current.CancellationToken) > now.AddSeconds(0.9));
        Assert.InRange(gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key)!.Pace!.TakeUpTo(100, now), 9, 10);
        Assert.InRange(gate.AppPace!.TakeUpTo(100, now), 9, 10);
        Assert.InRange(gate.Enter(0, isProbe: false)!.ReserveUpTo(100), 9, 10);
    }

    [Fact]
    public async Task Publish_BudgetUsedUpWhileTheProviderFails_ProbesAllTheSame()
    {
        await using var gateway = await DispatchFixture.StartAsync(
            _time, ("RetryBudgetFloor", "1"), ("RetryBudgetPercent", "0"), ("UnavailableLimit", "5"), ("BackOffDelay", "00:00:00.100"));
        await gateway.ImportAsync(10, InOneShard);
        await gateway.ProveAsync();
        gateway.Fcm.Answer = (_, _) => s_unavailable;
        var record = await gateway.PublishAsync();
        await gateway.WhenRecordedAsync(record, counts => counts.Pending == 10);
        gateway.GateOf(ProviderKind.Fcm).Repeats.Take(100);
        using var metrics = new AttemptMetrics(gateway.Services);
        gateway.Fcm.Answer = (_, _) => s_accepted;

        await _time.ReachAsync(
            gateway.HealthOf(ProviderKind.Fcm).RetryAt!.Value.AddMilliseconds(20), () => gateway.HealthOf(ProviderKind.Fcm).State == ProviderState.Running);

        Assert.Equal(0, metrics.HeldBack);
    }

    [Fact]
    public async Task Publish_EveryDeviceThrottledForItself_SlowsNobodyElse()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("UnavailableLimit", "5"));
        await gateway.ImportAsync(200, (_, registration) => registration with { Provider = ProviderKind.Apns });
        gateway.Apns.Answer = (_, attempt) => attempt == 1
            ? new AttemptResult(OutcomeKind.Throttled, "TooManyRequests") { Scope = OutcomeScope.Device, RetryAfter = TimeSpan.FromSeconds(10) }
            : s_accepted;
        var record = await gateway.PublishAsync();

        await gateway.Apns.WhenSentAsync(200);
        await gateway.WhenRecordedAsync(record, counts => counts is { Pending: 200 });
        Assert.Equal(ProviderState.Running, gateway.HealthOf(ProviderKind.Apns).State);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(200, gateway.Apns.Sent);
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        Assert.Equal(200, (await gateway.FindAsync(record)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Publish_ProviderThrottlesEverybody_StopsAfterAFewAndWaitsAsLongAsItSaid()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("UnavailableLimit", "5"), ("MaxDevicesInFlight", "50"));
        await gateway.ImportAsync(1_000, OnFcm);
        var until = _time.GetUtcNow() + TimeSpan.FromSeconds(40);
        gateway.Fcm.Answer = (_, _) => _time.GetUtcNow() < until
            ? new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED") { RetryAfter = TimeSpan.FromSeconds(40) }
            : s_accepted;
        var record = await gateway.PublishAsync();
        await Eventually.IsAsync(() => gateway.HealthOf(ProviderKind.Fcm).State == ProviderState.BackingOff);

        // Ten to try the credential out, or five in a row.
        Assert.InRange(gateway.Fcm.Sent, 5, 10);
        Assert.InRange(gateway.HealthOf(ProviderKind.Fcm).RetryAt!.Value, until, until + TimeSpan.FromSeconds(1));
        var before = gateway.Fcm.Sent;
        for (var second = 0; second < 39; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(before, gateway.Fcm.Sent);
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal(new OutcomeCounts(1_000, 0, 0, 0, 0, 0), final.Account.Counts);
        Assert.InRange(final.Account.Attempts, 1_005, 1_010);
    }

    [Fact]
    public async Task Publish_ProviderBeginsToFailInMidPage_EndsThePageAndAttemptsNobodyElse()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("UnavailableLimit", "5"), ("PageSize", "1000"), ("MaxDevicesInFlight", "1000"));
        await gateway.ImportAsync(1_000, InOneShard);
        await gateway.ProveAsync();
        var (up, failed) = (100, 0);
        gateway.Fcm.Before = async _ => await Task.Yield();
        gateway.Fcm.Answer = (_, _) =>
        {
            var isUp = Interlocked.Decrement(ref up) > 0;
            failed += isUp ? 0 : 1;
            return isUp ? s_accepted : s_unavailable;
        };
        var record = await gateway.PublishAsync();

        await Eventually.IsAsync(() => gateway.HealthOf(ProviderKind.Fcm).State == ProviderState.BackingOff);

        // Five, and what is sent until the news has gone round; without it, the 900 that are left of the page.
        Assert.InRange(failed, 5, 450);
        gateway.Fcm.Answer = (_, _) => s_accepted;
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);
        Assert.Equal(1_000, (await gateway.FindAsync(record)).Account.Counts.Accepted);
    }

    [Theory]
    [InlineData(true, 40, 0)]
    [InlineData(false, 30, 10)]
    public async Task Publish_OutcomeUnknown_IsSentAgainUnlessTheEventForbidsIt(bool resends, int accepted, int rejected)
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(40, OnFcm);
        gateway.Fcm.Answer = (token, attempt) => attempt == 1 && token[^1] is '3' or '7' or 'b' or 'f'
            ? new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost) { IsUnknown = true }
            : attempt == 1 && token[^1] == '0' ? new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionFailed) : s_accepted;

        var final = await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = e.Options with { ForbidsResend = !resends } }));

        Assert.Equal(new OutcomeCounts(accepted, 0, rejected, 0, 0, 0), final.Account.Counts);
        Assert.Equal(rejected, final.Account.Providers[ProviderKind.Fcm].Reasons.GetValueOrDefault(GatewayReasons.OutcomeUnknown));
        Assert.All(gateway.Fcm.Attempts, attempts => Assert.Equal(
            attempts.Key[^1] == '0' || (resends && attempts.Key[^1] is '3' or '7' or 'b' or 'f') ? 2 : 1, attempts.Value));
    }

    /// <summary>What it had sent by then nobody can tell.</summary>
    [Fact]
    public async Task Publish_SenderBreaksDownAndTheEventForbidsResending_SendsToNobodyAgain()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(40, OnFcm);
        await gateway.ProveAsync();
        gateway.Fcm.Before = token => token == DispatchFixture.Token(7) ? throw new InvalidOperationException("A bug.") : Task.CompletedTask;

        var final = await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = e.Options with { ForbidsResend = true } }));

        var counts = final.Account.Counts;
        Assert.Equal(40, counts.Accepted + counts.Rejected);
        Assert.InRange(final.Account.Providers[ProviderKind.Fcm].Reasons[GatewayReasons.OutcomeUnknown], 1, counts.Rejected);
        Assert.Equal(1, gateway.Fcm.Attempts[DispatchFixture.Token(7)]);
    }

    /// <summary>The page is taken again, and what it had sent through the other provider is not known to anybody any more.</summary>
    [Fact]
    public async Task Publish_PageFailsAndTheEventForbidsResending_SendsToNobodyAgain()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(10, (_, registration) => registration with { SubscriberId = "one" });
        await gateway.ProveAsync();
        var before = gateway.Apns.Sent;
        var failures = 0;
        gateway.Fcm.Rendering = _ =>
        {
            if (Interlocked.Increment(ref failures) == 1)
            {
                throw new InvalidOperationException("A bug.");
            }
        };

        var final = await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = e.Options with { ForbidsResend = true } }));

        Assert.Equal(new OutcomeCounts(0, 0, 10, 0, 0, 0), final.Account.Counts);
        Assert.All(final.Account.Providers.Values, provider => Assert.Equal(5, provider.Reasons[GatewayReasons.OutcomeUnknown]));
        Assert.Equal(before + 5, gateway.Apns.Sent);
    }

    [Fact]
    public async Task Crash_WhileARepeatIsOutThatMustNotBeResent_RejectsItAsUnknown()
    {
        await using var gateway = await DispatchFixture.StartAsync(null, ("InProcessRetries", "0"));
        await gateway.ImportAsync(2);
        await gateway.ProveAsync();
        gateway.Apns.Answer = (_, attempt) => attempt == 2 ? s_tooFast : s_accepted;
        var (isOut, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Apns.Before = token =>
        {
            if (gateway.Apns.Attempts[token] != 3)
            {
                return Task.CompletedTask;
            }

            isOut.TrySetResult();
            return never.Task;
        };
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { ForbidsResend = true } });
        await isOut.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        await gateway.RestartAsync(graceful: false);
        var final = await gateway.WaitAsync(record);

        Assert.Equal(new OutcomeCounts(1, 0, 1, 0, 0, 0), final.Account.Counts);
        Assert.Equal(1, final.Account.Providers[ProviderKind.Apns].Reasons[GatewayReasons.OutcomeUnknown]);
        Assert.Equal(3, gateway.Apns.Attempts[DispatchFixture.Token(0)]);
    }

    /// <summary>What the provider answered is known only there: reading the page again would send it again.</summary>
    [Fact]
    public async Task Publish_StoreDoesNotTakeTheOutcome_IsOfferedItAgainAndNobodyIsSentToTwice()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(40, OnFcm);
        await gateway.ProveAsync();
        var refusals = 0;
        gateway.FanOuts.BeforeCommit = () => Interlocked.Increment(ref refusals) <= 3 ? throw new StoreUnavailableException("Not now.") : Task.CompletedTask;

        var final = await gateway.WaitAsync(await gateway.PublishAsync());

        Assert.Equal(40, final.Account.Counts.Accepted);
        Assert.Equal(40 + 2, gateway.Fcm.Accepted.Values.Sum());
    }

    [Fact]
    public async Task Crash_InMidBroadcastThatForbidsResending_SendsNothingTwiceAndAccountsForEverybody()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2_000);
        gateway.Fcm.Answer = (token, attempt) => attempt == 1 && Convert.ToInt32(token[^2..], 16) % 10 == 1 ? s_unavailable : s_accepted;
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { ForbidsResend = true } });
        await gateway.Apns.WhenSentAsync(500);

        await gateway.RestartAsync(graceful: false);
        var final = await gateway.WaitAsync(record);

        var counts = final.Account.Counts;
        Assert.Equal(2_000, counts.Targeted);
        Assert.Equal(2_000, counts.Accepted + counts.Rejected);
        Assert.InRange(counts.Rejected, 0, 400);
        Assert.All(gateway.Apns.Accepted.Concat(gateway.Fcm.Accepted), accepted => Assert.Equal(1, accepted.Value));
        Assert.InRange(gateway.Apns.Accepted.Count + gateway.Fcm.Accepted.Count, counts.Accepted, counts.Accepted + counts.Rejected);
        Assert.Equal(
            counts.Rejected,
            final.Account.Providers.Values.Sum(provider => provider.Reasons.GetValueOrDefault(GatewayReasons.OutcomeUnknown)));
    }

    /// <summary>Tells when somebody has begun to wait.</summary>
    private sealed class WatchedTime() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }

    private static DeviceRegistration OnFcm(int number, DeviceRegistration registration) => registration with { Provider = ProviderKind.Fcm };

    /// <summary>One subscriber is one shard, so that pages are full.</summary>
    private static DeviceRegistration InOneShard(int number, DeviceRegistration registration) =>
        registration with { Provider = ProviderKind.Fcm, SubscriberId = "one" };
}
