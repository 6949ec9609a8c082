using Microsoft.Extensions.DependencyInjection;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>The clock is set while events run. Each of these would take an hour if somebody waited for the step.</summary>
public sealed class ClockTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly SteppedClock _clock = new();

    [Fact]
    public async Task SetBack_PacedEvent_GoesOnAtItsPace()
    {
        await using var fixture = await DispatchFixture.StartAsync(_clock, ("PageSize", "1"));
        await fixture.ImportAsync(6);
        var record = await fixture.PublishAsync(it => it with { Options = it.Options with { MaxRatePerSecond = 4 } });
        await fixture.Apns.WhenSentAsync(1);

        _clock.Set(-s_hour);

        Assert.Equal((EventState.Completed, 6), await EndOfAsync(fixture, record));
    }

    [Fact]
    public async Task SetBack_WhileTheStoreIsBusy_PacedEventDoesNotWaitForIt()
    {
        await using var fixture = await DispatchFixture.StartAsync(_clock, ("PageSize", "1"));
        var busy = new TaskCompletionSource();
        fixture.FanOuts.BeforeBringForward = () => busy.Task;
        await fixture.ImportAsync(6);
        var record = await fixture.PublishAsync(it => it with { Options = it.Options with { MaxRatePerSecond = 4 } });
        await Eventually.IsAsync(() => fixture.Services.GetRequiredService<FanOutSchedule>().Find(record.Key) is { WakeAt: not null, PagesUnderWay: 0 });

        _clock.Set(-s_hour);

        Assert.Equal((EventState.Completed, 6), await EndOfAsync(fixture, record));
        busy.SetResult();
    }

    [Fact]
    public async Task SetBack_DeferredDevice_IsTriedWhenItWouldHaveBeen()
    {
        await using var fixture = await DispatchFixture.StartAsync(_clock, ("InProcessRetries", "0"), ("DeferredRetryDelay", "00:00:02"));
        fixture.Apns.Answer = (_, attempt) => new AttemptResult(attempt == 1 ? OutcomeKind.Throttled : OutcomeKind.Accepted, attempt == 1 ? "TooManyRequests" : null);
        await fixture.ImportAsync(1);
        var record = await fixture.PublishAsync();
        await DeferredAsync(fixture, record);

        _clock.Set(-s_hour);

        Assert.Equal((EventState.Completed, 1), await EndOfAsync(fixture, record));
    }

    [Fact]
    public async Task SetBack_DeferredDeviceOfAPausedEvent_IsTriedAfterTheResume()
    {
        await using var fixture = await DispatchFixture.StartAsync(_clock, ("InProcessRetries", "0"), ("DeferredRetryDelay", "00:00:02"));
        fixture.Apns.Answer = (_, attempt) => new AttemptResult(attempt == 1 ? OutcomeKind.Throttled : OutcomeKind.Accepted, attempt == 1 ? "TooManyRequests" : null);
        await fixture.ImportAsync(1);
        var record = await fixture.PublishAsync();
        await DeferredAsync(fixture, record);
        await fixture.ControlAsync(record, EventControl.Pause);

        // Of what is in the store the worker knows only by what it does to the store.
        _clock.Set(-s_hour);
        await WhenSetBackIsStoredAsync(fixture, record);
        await fixture.ControlAsync(record, EventControl.Run);

        Assert.Equal((EventState.Completed, 1), await EndOfAsync(fixture, record));
    }

    [Fact]
    public async Task SetBack_ProviderThatBacksOff_IsProbedWhenItWouldHaveBeen()
    {
        await using var fixture = await DispatchFixture.StartAsync(
            _clock, ("InProcessRetries", "0"), ("UnavailableLimit", "1"), ("BackOffDelay", "00:00:02"));
        fixture.Apns.Answer = (_, attempt) => new AttemptResult(attempt == 1 ? OutcomeKind.Unavailable : OutcomeKind.Accepted, attempt == 1 ? "ServiceUnavailable" : null);
        await fixture.ImportAsync(1);
        var record = await fixture.PublishAsync();
        await DeferredAsync(fixture, record);

        _clock.Set(-s_hour);

        Assert.Equal((EventState.Completed, 1), await EndOfAsync(fixture, record));
    }

    [Fact]
    public async Task SetForward_ScheduledEvent_BeginsByTheNewClock()
    {
        await using var fixture = await DispatchFixture.StartAsync(_clock);
        await fixture.ImportAsync(4);
        var record = await fixture.PublishAsync(it => it with { Options = it.Options with { SendAt = _clock.GetUtcNow() + s_hour } });
        Assert.Equal(EventState.Scheduled, (await fixture.FindAsync(record)).State);

        _clock.Set(s_hour + TimeSpan.FromSeconds(1));

        Assert.Equal((EventState.Completed, 4), await EndOfAsync(fixture, record));
    }

    [Fact]
    public async Task SetForward_BeyondTheTtl_ExpiresWhatIsLeft()
    {
        await using var fixture = await DispatchFixture.StartAsync(_clock, ("InProcessRetries", "0"), ("DeferredRetryDelay", "00:30:00"));
        fixture.Apns.Answer = (_, _) => new AttemptResult(OutcomeKind.Throttled, "TooManyRequests");
        await fixture.ImportAsync(1);
        var record = await fixture.PublishAsync(it => it with { Options = it.Options with { Ttl = s_hour } });
        await DeferredAsync(fixture, record);

        _clock.Set(2 * s_hour);

        var final = await FinalAsync(fixture, record);
        Assert.Equal(EventState.Expired, final.State);
        Assert.Equal((1, 0), (final.Account.Counts.Expired, final.Account.Counts.Pending));
    }

    [Fact]
    public async Task SetBackAndForth_ManyTimes_EveryDeviceIsAcceptedOnce()
    {
        await using var fixture = await DispatchFixture.StartAsync(_clock, ("PageSize", "10"), ("DeferredRetryDelay", "00:00:00.200"));
        fixture.Apns.Answer = (_, attempt) => new AttemptResult(attempt < 3 ? OutcomeKind.Throttled : OutcomeKind.Accepted, attempt < 3 ? "TooManyRequests" : null);
        await fixture.ImportAsync(400);
        var record = await fixture.PublishAsync(it => it with { Options = it.Options with { Ttl = TimeSpan.FromDays(1), MaxRatePerSecond = 200 } });
        var (sent, steps) = (0, 0);
        foreach (var step in new[] { -1, 2, -3, 3, -2 })
        {
            sent += 40;
            await fixture.Apns.WhenSentAsync(sent);
            _clock.Set(step * s_hour);
            steps++;
        }

        Assert.Equal((EventState.Completed, 400), await EndOfAsync(fixture, record));
        Assert.Equal(5, steps);
        Assert.All(fixture.Apns.Accepted.Concat(fixture.Fcm.Accepted), token => Assert.Equal(1, token.Value));
    }

    [Fact]
    public void Look_ClockThatIsOnlySteered_SeesNothing()
    {
        var watch = new ClockWatch(_clock);
        for (var look = 0; look < 10; look++)
        {
            _clock.Set(TimeSpan.FromMilliseconds(300));
            Assert.Equal(TimeSpan.Zero, watch.Look());
        }

        _clock.Set(-s_hour);
        Assert.Equal(-s_hour.TotalSeconds, watch.Look().TotalSeconds, 2.0);
        Assert.Equal(TimeSpan.Zero, watch.Look());
    }

    private static async Task<EventRecord> FinalAsync(DispatchFixture fixture, EventRecord record) =>
        await fixture.WaitAsync(record).WaitAsync(TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken);

    private static async Task<(EventState State, long Accepted)> EndOfAsync(DispatchFixture fixture, EventRecord record)
    {
        var final = await FinalAsync(fixture, record);
        return (final.State, final.Account.Counts.Accepted);
    }

    /// <summary>Until the device waits in the store for its next attempt.</summary>
    private static Task DeferredAsync(DispatchFixture fixture, EventRecord record) => fixture.WhenRecordedAsync(record, counts => counts.Pending > 0);

    private Task WhenSetBackIsStoredAsync(DispatchFixture fixture, EventRecord record)
    {
        var store = (Core.FanOut.IFanOutStore)fixture.Services.GetService(typeof(Core.FanOut.IFanOutStore))!;
        return Eventually.IsAsync(
            async () =>
            {
                var work = await store.FindWorkAsync(record.Key, TestContext.Current.CancellationToken);
                return work!.Plan.Shards.All(shard => !(shard.DeferredDueAt > _clock.GetUtcNow() + TimeSpan.FromMinutes(1)));
            },
            () => "The deferred devices still wait for the step.");
    }
}
