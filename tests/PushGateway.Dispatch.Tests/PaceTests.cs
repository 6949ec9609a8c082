using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>How fast is sent, over a real store.</summary>
public sealed class PaceTests
{
    private static readonly AttemptResult s_accepted = new(OutcomeKind.Accepted);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Publish_AppHasARate_IsKeptOverAllEventsAndProviders()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.ImportAsync(200);
        await gateway.PutLimitsAsync(new AppLimits { MaxRatePerSecond = 40 });
        var (start, sent, most) = (_time.GetUtcNow(), 0, 0.0);
        gateway.Apns.Before = gateway.Fcm.Before = _ =>
        {
            var allowed = 10 + ((_time.GetUtcNow() - start).TotalSeconds * 40);
            most = Math.Max(most, Interlocked.Increment(ref sent) - allowed);
            return Task.CompletedTask;
        };

        var (first, second) = (await gateway.PublishAsync(), await gateway.PublishAsync());
        await _time.StepUntilFinalAsync(TimeSpan.FromMilliseconds(100), gateway, first);
        await _time.StepUntilFinalAsync(TimeSpan.FromMilliseconds(100), gateway, second);

        Assert.Equal(400, sent);
        Assert.True(most <= 0, $"{most} above the rate");
        Assert.True(_time.GetUtcNow() - start >= TimeSpan.FromSeconds(9));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_RepeatsInProcess_CountAgainstTheRateToo(bool isOfTheApp)
    {
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.ImportAsync(200, (_, registration) => registration with { Provider = ProviderKind.Apns, SubscriberId = "one" });
        await gateway.PutLimitsAsync(new AppLimits { MaxRatePerSecond = isOfTheApp ? 40 : null });
        var (start, sent, most) = (_time.GetUtcNow(), 0, 0.0);
        gateway.Apns.Before = _ =>
        {
            var allowed = 10 + ((_time.GetUtcNow() - start).TotalSeconds * 40);
            most = Math.Max(most, Interlocked.Increment(ref sent) - allowed);
            return Task.CompletedTask;
        };
        gateway.Apns.Answer = (_, attempt) => attempt == 1 ? new AttemptResult(OutcomeKind.Throttled, "TooManyRequests") { Scope = OutcomeScope.Device } : s_accepted;

        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { MaxRatePerSecond = isOfTheApp ? null : 40 } });
        await _time.StepUntilFinalAsync(TimeSpan.FromMilliseconds(100), gateway, record);

        Assert.Equal(200, (await gateway.FindAsync(record)).Account.Counts.Accepted);
        Assert.Equal(400, sent);
        Assert.True(most <= 0, $"{most} above the rate");
    }

    /// <summary>A page is reserved for before anybody knows how few devices it has.</summary>
    [Fact]
    public async Task Publish_PageHasFewerDevicesThanReserved_GivesBackTheRest()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.PutFcmAsync(messagesPerMinute: 600);
        await gateway.ImportAsync(2, (_, registration) => registration with { Provider = ProviderKind.Fcm });
        await gateway.PutLimitsAsync(new AppLimits { MaxRatePerSecond = 40 });
        gateway.FanOuts.Changes.Clear();

        // The clock stands still, and the second page waits until a whole burst is there again.
        var record = await gateway.PublishAsync(e => e with { Filter = new AudienceFilter { Providers = ProviderSet.Fcm }, Options = e.Options with { MaxRatePerSecond = 40 } });
        await gateway.WhenRecordedAsync(record, counts => counts.Accepted == 1);

        var (gate, now) = (gateway.GateOf(ProviderKind.Fcm), _time.GetUtcNow());
        var pace = gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key)!.Pace!;
        Assert.Equal((9, 9, 9), (pace.TakeUpTo(100, now), gate.AppPace!.TakeUpTo(100, now), gate.Enter(0, isProbe: false)!.ReserveUpTo(100)));
        Assert.Single(gateway.FanOuts.Changes, "page");
    }

    [Fact]
    public async Task Publish_EventsRateIsUsedUp_SleepsUntilThereIsMore()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.ImportAsync(2, (_, registration) => registration with { Provider = ProviderKind.Apns });

        var record = await gateway.PublishAsync(e => e with { Filter = new AudienceFilter { Providers = ProviderSet.Apns }, Options = e.Options with { MaxRatePerSecond = 40 } });
        await gateway.WhenRecordedAsync(record, counts => counts.Accepted == 1);

        FanOut? fanOut = null;
        await Eventually.IsAsync(() => (fanOut = gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key)) is { WakeAt: not null, PagesUnderWay: 0 });
        Assert.InRange(fanOut!.WakeAt!.Value - _time.GetUtcNow(), TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(26));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Pause_BeforeTheReservedIsSent_GivesItBack(int sentBefore)
    {
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.ImportAsync(10, (_, registration) => registration with { Provider = ProviderKind.Fcm, SubscriberId = "one" });
        await gateway.PutFcmAsync(messagesPerMinute: 600);
        var (reached, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Task HoldAsync()
        {
            reached.TrySetResult();
            return goOn.Task;
        }

        var sent = 0;
        gateway.FanOuts.BeforeMarkBegun = () => sentBefore == 0 ? HoldAsync() : Task.CompletedTask;
        gateway.Fcm.Before = _ => ++sent == sentBefore ? HoldAsync() : Task.CompletedTask;
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { ForbidsResend = true } });
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        var paused = gateway.ControlAsync(record, EventControl.Pause);
        await Eventually.IsAsync(() => gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key)?.Control == EventControl.Pause);
        goOn.SetResult();
        await paused;

        Assert.Equal(sentBefore, sent);
        Assert.Equal(10 - sentBefore, gateway.GateOf(ProviderKind.Fcm).Enter(0, isProbe: false)!.ReserveUpTo(100));
    }

    /// <summary>A few go through the store; where it is much of a page they are repeated in process.</summary>
    [Theory]
    [InlineData(900, "159", 1_050)]
    [InlineData(400, "0123456789abcdef", 799)]
    public async Task Publish_FcmQuota_CountsRepeatsToo(int devices, string repeated, int least)
    {
        const int Quota = 600;
        await using var gateway = await DispatchFixture.StartAsync(_time);
        await gateway.PutFcmAsync(Quota);
        await gateway.ImportAsync(devices, (_, registration) => registration with { Provider = ProviderKind.Fcm, SubscriberId = devices == 400 ? "one" : registration.SubscriberId });
        var sent = new List<DateTimeOffset>();
        gateway.Fcm.Before = _ =>
        {
            lock (sent)
            {
                sent.Add(_time.GetUtcNow());
            }

            return Task.CompletedTask;
        };
        gateway.Fcm.Answer = (token, attempt) => attempt == 1 && repeated.Contains(token[^1], StringComparison.Ordinal)
            ? new AttemptResult(OutcomeKind.Throttled, "QUOTA_EXCEEDED") { Scope = OutcomeScope.Device }
            : s_accepted;

        var record = await gateway.PublishAsync();
        await _time.StepUntilFinalAsync(TimeSpan.FromMilliseconds(500), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal(devices, final.Account.Counts.Accepted);
        Assert.True(sent.Count > least);
        Assert.All(sent, first => Assert.InRange(sent.Count(at => at >= first && at < first + TimeSpan.FromMinutes(1)), 1, Quota));
    }

    [Fact]
    public async Task Publish_ProjectThrottled_HoldsEverybodyForAsLongAsGoogleSays()
    {
        await using var gateway = await DispatchFixture.StartAsync(_time, ("MaxDevicesInFlight", "50"));
        await gateway.ImportAsync(500, (_, registration) => registration with { Provider = ProviderKind.Fcm });
        await gateway.ProveAsync();
        var throttled = 0;
        gateway.Fcm.Answer = (_, _) => Interlocked.Increment(ref throttled) == 100
            ? new AttemptResult(OutcomeKind.Throttled, "RATE_LIMIT_EXCEEDED") { Scope = OutcomeScope.Everybody, RetryAfter = TimeSpan.FromSeconds(20) }
            : s_accepted;
        var record = await gateway.PublishAsync();

        await gateway.WhenRecordedAsync(record, counts => counts.Accepted >= 99 && counts.Pending > 0);
        var before = Volatile.Read(ref throttled);
        Assert.InRange(before, 100, 150);
        for (var second = 0; second < 19; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(before, Volatile.Read(ref throttled));
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);
        Assert.Equal(500, (await gateway.FindAsync(record)).Account.Counts.Accepted);
    }
}
