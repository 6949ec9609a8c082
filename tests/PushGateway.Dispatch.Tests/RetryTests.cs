using Microsoft.Extensions.Time.Testing;
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

    private static DeviceRegistration OnFcm(int number, DeviceRegistration registration) => registration with { Provider = ProviderKind.Fcm };

    /// <summary>One subscriber is one shard, so that pages are full.</summary>
    private static DeviceRegistration InOneShard(int number, DeviceRegistration registration) =>
        registration with { Provider = ProviderKind.Fcm, SubscriberId = "one" };
}
