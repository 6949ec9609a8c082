using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

public sealed class FanOutScheduleTests
{
    private static readonly int[] s_weights = [16, 4, 1];

    /// <summary>Every lane that always has something to do gets its share, however many events the lanes above it have.</summary>
    [Fact]
    public async Task TakeTurn_LanesThatNeverRunDry_GetTheirWeightsAndNobodyStarves()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        var app = (await gateway.Apps.PutAsync("bare", "Bare", TestContext.Current.CancellationToken)).App;
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20], Gen.Int[1, 20]).Sample(
            (high, normal, bulk) =>
            {
                var schedule = new FanOutSchedule(gateway.Apps, gateway.Services.GetRequiredService<ProviderGates>(), pageSize: 10);
                int[] events = [high, normal, bulk];
                var now = TimeProvider.System.GetUtcNow();
                for (var lane = 0; lane < events.Length; lane++)
                {
                    for (var number = 0; number < events[lane]; number++)
                    {
                        schedule.Add(Endless(app, (EventPriority)lane, (lane * 100) + number + 1, now, [Shard(0)]));
                    }
                }

                var taken = new Dictionary<long, int>();
                var rounds = 21 * 60;
                for (var round = 0; round < rounds; round++)
                {
                    var turn = schedule.TakeTurn(now, [], [], out _)!;
                    taken[turn.FanOut.Record.Key] = taken.GetValueOrDefault(turn.FanOut.Record.Key) + 1;
                    schedule.ReturnTurn(turn, default);
                }

                var total = s_weights.Where((_, lane) => events[lane] > 0).Sum();
                for (var lane = 0; lane < events.Length; lane++)
                {
                    var turns = taken.Where(pair => (pair.Key - 1) / 100 == lane).Select(pair => pair.Value).ToList();
                    if (events[lane] == 0)
                    {
                        continue;
                    }

                    // Within one turn of the weight for the lane, and of an equal part of it for each event.
                    Assert.InRange(turns.Sum(), (rounds * s_weights[lane] / total) - 1, (rounds * s_weights[lane] / total) + 1);
                    Assert.Equal(Math.Min(events[lane], turns.Sum()), turns.Count);
                    Assert.InRange(turns.Max() - turns.Min(), 0, 1);
                }
            },
            iter: 30);
    }

    [Fact]
    public async Task Control_ResumedBeforeThePauseHasTakenEffect_StopsThePageThatIsOutAndNoOther()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var (schedule, fanOut) = await OneAsync(gateway, now, [Shard(0), Shard(1)]);
        var turn = schedule.TakeTurn(now, [], [], out _)!;

        schedule.Control(fanOut, EventControl.Pause);
        Assert.True(turn.Stop.IsCancellationRequested);
        Assert.Null(schedule.TakeTurn(now, [], [], out _));
        Assert.False(fanOut.Idle!.Task.IsCompleted);
        schedule.Control(fanOut, EventControl.Run);

        Assert.False(schedule.TakeTurn(now, [], [], out _)!.Stop.IsCancellationRequested);
    }

    /// <summary>Whoever asked for the pause is told of it later than whoever asked for the cancel.</summary>
    [Theory]
    [InlineData(EventControl.Pause)]
    [InlineData(EventControl.Run)]
    public async Task Control_EarlierWishToldAfterACancel_StaysCancelled(EventControl earlier)
    {
        await using var gateway = await DispatchFixture.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var (schedule, fanOut) = await OneAsync(gateway, now, [Shard(0)]);

        schedule.Control(fanOut, EventControl.Cancel);
        schedule.Control(fanOut, earlier);

        Assert.Equal((EventControl.Cancel, true), (fanOut.Control, fanOut.Stop.IsCancellationRequested));
        Assert.Equal(ReceiptOutcome.Cancelled, schedule.TakeTurn(now, [], [], out _)!.Sweep);
    }

    [Theory]
    [InlineData(EventControl.Run, 0, null)]
    [InlineData(EventControl.Run, 60, ReceiptOutcome.Expired)]
    [InlineData(EventControl.Cancel, 0, ReceiptOutcome.Cancelled)]
    [InlineData(EventControl.Cancel, 60, ReceiptOutcome.Cancelled)]
    public async Task TakeTurn_CancelledOrPastItsTtl_ReadsWhatIsLeftWithoutSending(EventControl control, int seconds, ReceiptOutcome? outcome)
    {
        await using var gateway = await DispatchFixture.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var (schedule, fanOut) = await OneAsync(gateway, now, [Shard(0)], TimeSpan.FromSeconds(60));
        schedule.Control(fanOut, control);

        Assert.Equal(outcome, schedule.TakeTurn(now.AddSeconds(seconds), [], [], out _)!.Sweep);
    }

    /// <summary>Those that come due meanwhile share its page.</summary>
    [Fact]
    public async Task TakeTurn_DeferredDeviceIsDueAndOthersAreUnread_ReadsThoseFirstForASecond()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var (schedule, _) = await OneAsync(gateway, now, [Shard(0) with { DeferredDueAt = now }]);

        var turn = schedule.TakeTurn(now.AddSeconds(0.999), [], [], out _)!;
        Assert.False(turn.IsDeferred);
        schedule.ReturnTurn(turn, default);
        Assert.True(schedule.TakeTurn(now.AddSeconds(1), [], [], out _)!.IsDeferred);
    }

    [Fact]
    public async Task TakeTurn_RepeatsWereHeldBack_ReadsNoDeferredDeviceForASecond()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        var now = time.GetUtcNow();
        var (schedule, _) = await OneAsync(gateway, now, [Shard(0) with { IsRead = true, DeferredDueAt = now }], app: gateway.App);

        gateway.GateOf(ProviderKind.Apns).Repeats.Restrain();

        Assert.Null(schedule.TakeTurn(now, [], [], out var wakeAt));
        Assert.Equal(now.AddSeconds(1), wakeAt);
        Assert.True(schedule.TakeTurn(now.AddSeconds(1), [], [], out _)!.IsDeferred);
    }

    [Fact]
    public async Task StandsSince_OnlyWhatCouldComeFurther_Stands()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var later = now.AddMinutes(10);
        var (unread, fanOut) = await OneAsync(gateway, now, [Shard(0)]);
        Assert.Equal(now, unread.StandsSince(later));
        fanOut.ProgressedAt = now.AddMinutes(9);
        Assert.Equal(now.AddMinutes(9), unread.StandsSince(later));
        unread.Control(fanOut, EventControl.Pause);
        Assert.Null(unread.StandsSince(later));

        // One that waits for a time stands from then on.
        var (waiting, _) = await OneAsync(gateway, now, [Shard(0) with { IsRead = true, DeferredDueAt = now.AddMinutes(5) }]);
        Assert.Null(waiting.StandsSince(now.AddMinutes(4)));
        Assert.Equal(now.AddMinutes(5), waiting.StandsSince(later));
        var (underWay, _) = await OneAsync(gateway, now, [Shard(0)]);
        Assert.NotNull(underWay.TakeTurn(now, [], [], out _));
        Assert.Equal(now, underWay.StandsSince(later));
    }

    private static async Task<(FanOutSchedule Schedule, FanOut FanOut)> OneAsync(
        DispatchFixture gateway, DateTimeOffset now, FanOutShard[] shards, TimeSpan? ttl = null, App? app = null)
    {
        app ??= (await gateway.Apps.PutAsync("bare", "Bare", TestContext.Current.CancellationToken)).App;
        var schedule = new FanOutSchedule(gateway.Apps, gateway.Services.GetRequiredService<ProviderGates>(), pageSize: 10);
        var fanOut = Endless(app, EventPriority.Normal, 1, now, shards, ttl);
        schedule.Add(fanOut);
        return (schedule, fanOut);
    }

    private static FanOutShard Shard(int number) => new() { Shard = number, Provider = ProviderKind.Apns };

    // Its turns come back without having moved anything, so there is always another.
    private static FanOut Endless(App app, EventPriority priority, long key, DateTimeOffset now, FanOutShard[] shards, TimeSpan? ttl = null) => new(
        new EventRecord
        {
            Key = key,
            AppKey = app.Key,
            Event = new PushEvent
            {
                Id = $"{key:x32}",
                AppId = app.Id,
                Type = "endless",
                Audience = Audience.All,
                Options = new EventOptions { Priority = priority, Ttl = ttl ?? TimeSpan.FromDays(1) },
                CreatedAt = now,
            },
            State = EventState.Dispatching,
            Control = EventControl.Run,
            EstimatedAudience = 1,
            Account = EventAccount.Empty,
            Timings = new EventTimings { CreatedAt = now },
        },
        new FanOutPlan(shards),
        now);
}
