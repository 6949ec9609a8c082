using Microsoft.Extensions.DependencyInjection;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>What a gateway does with an event while its shards come and go.</summary>
public sealed class SharedShardsTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.Parse("2026-01-02T03:04:05Z");
    private readonly ScriptedLeases _leases = new();

    [Fact]
    public async Task TakeTurn_ShardsNotHeld_AreNotBegun()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        _leases.Hold((1, 7), (2, 9));
        var (schedule, app) = await ScheduleAsync(gateway);
        var fanOut = Event(app, 0, 1, 2, 3);
        schedule.Add(fanOut);

        Assert.False(fanOut.IsWhole);
        Assert.Equal([1, 2], Turns(schedule).Select(turn => turn.Shard.Shard).Order());
        Assert.Null(schedule.TakeTurn(s_now, [], [], out _));
    }

    [Fact]
    public async Task Keep_ShardLostWhileATurnIsOut_IsLetGoOfWhenTheTurnReturns()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        _leases.Hold((1, 7), (2, 9));
        var (schedule, app) = await ScheduleAsync(gateway);
        schedule.Add(Event(app, 1, 2));
        var turns = Turns(schedule);

        _leases.Hold((2, 9));
        schedule.Keep(_leases.Held, s_now);
        Assert.False(schedule.IsIdle(1));
        turns.ForEach(turn => schedule.ReturnTurn(turn, s_now));

        Assert.True(schedule.IsIdle(1));
        Assert.Equal(2, Assert.Single(Turns(schedule)).Shard.Shard);
    }

    /// <summary>What is held again under another lease has been another gateway's: only what is read since may be begun.</summary>
    [Fact]
    public async Task EndLoad_ShardHeldAgainUnderAnotherLease_IsTakenUpAsItWasReadSince()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        _leases.Hold((1, 7), (2, 9));
        var (schedule, app) = await ScheduleAsync(gateway);
        schedule.Add(Event(app, 1, 2));
        _leases.Hold((1, 8), (2, 9));
        Assert.Equal(2, Assert.Single(Turns(schedule)).Shard.Shard);

        schedule.Keep(_leases.Held, s_now);
        var load = schedule.BeginLoad(1);
        Assert.True(schedule.EndLoad(load, Event(app, new AudienceCursor(5, 5), 1, 2), s_now));

        var turn = Assert.Single(Turns(schedule));
        Assert.Equal((1, 8L, new AudienceCursor(5, 5)), (turn.Shard.Shard, turn.Shard.Epoch, turn.After));
    }

    /// <summary>A read that began before the shard was let go of may be from before its last page.</summary>
    [Fact]
    public async Task EndLoad_ShardLostAndHeldAgainUnderTheSameLeaseMeanwhile_IsReadAgain()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        _leases.Hold((1, 7), (2, 9));
        var (schedule, app) = await ScheduleAsync(gateway);
        schedule.Add(Event(app, 1, 2));
        var load = schedule.BeginLoad(1);
        var read = Event(app, 1, 2);

        _leases.Hold((2, 9));
        schedule.Keep(_leases.Held, s_now);
        _leases.Hold((1, 7), (2, 9));
        schedule.Keep(_leases.Held, s_now);

        Assert.False(schedule.EndLoad(load, read, s_now));
        Assert.Equal(2, Assert.Single(Turns(schedule)).Shard.Shard);
    }

    [Fact]
    public async Task EndLoad_PausedMeanwhile_IsReadAgainAndStaysPaused()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        _leases.Hold((1, 7));
        var (schedule, app) = await ScheduleAsync(gateway);
        var fanOut = Event(app, 1);
        schedule.Add(fanOut);
        var turn = Assert.Single(Turns(schedule));
        var load = schedule.BeginLoad(1);

        Assert.True(schedule.Control(fanOut, EventControl.Pause));

        Assert.False(schedule.EndLoad(load, Event(app, 1), s_now));
        schedule.ReturnTurn(turn, s_now);
        Assert.Null(schedule.TakeTurn(s_now, [], [], out _));
    }

    [Fact]
    public async Task TryHandOver_ShardsTakenUpSince_IsNotLetGoOf()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        _leases.Hold((1, 7));
        var (schedule, app) = await ScheduleAsync(gateway);
        var fanOut = new FanOut(Record(app), new FanOutPlan([Shard(1) with { IsRead = true }, Shard(2)]), s_now, _leases.Held);
        schedule.Add(fanOut);
        List<FanOut> finished = [];
        Assert.Null(schedule.TakeTurn(s_now, finished, [], out _));
        Assert.Same(fanOut, Assert.Single(finished));

        _leases.Hold((1, 7), (2, 9));
        Assert.True(schedule.EndLoad(schedule.BeginLoad(1), Event(app, 1, 2), s_now));

        Assert.False(schedule.TryHandOver(fanOut));
        Assert.Equal(2, Assert.Single(Turns(schedule)).Shard.Shard);
        Assert.NotNull(schedule.Find(1));
    }

    [Fact]
    public async Task Pace_OfSeveralGateways_IsSharedAsTheShardsAre()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        _leases.Hold((0, 1));
        var (schedule, app) = await ScheduleAsync(gateway);
        var fanOut = new FanOut(Record(app, rate: 400), new FanOutPlan([Shard(0), Shard(1), Shard(2), Shard(3)]), s_now, _leases.Held);

        // A quarter of a second at once, of a quarter of the pace.
        Assert.Equal(25, fanOut.Pace!.Available(1_000, s_now));
        _leases.Hold((0, 1), (1, 1));
        schedule.Add(fanOut);
        schedule.EndLoad(schedule.BeginLoad(1), new FanOut(Record(app, rate: 400), new FanOutPlan([Shard(0), Shard(1), Shard(2), Shard(3)]), s_now, _leases.Held), s_now);
        Assert.Equal(50, fanOut.Pace.Available(1_000, s_now.AddSeconds(10)));
    }

    private static List<Turn> Turns(FanOutSchedule schedule)
    {
        var turns = new List<Turn>();
        while (schedule.TakeTurn(s_now, [], [], out _) is { } turn)
        {
            turns.Add(turn);
        }

        return turns;
    }

    private async Task<(FanOutSchedule Schedule, App App)> ScheduleAsync(DispatchFixture gateway)
    {
        var (app, _) = await gateway.Apps.PutAsync("bare", "Bare", TestContext.Current.CancellationToken);
        return (new FanOutSchedule(gateway.Apps, gateway.Services.GetRequiredService<ProviderGates>(), pageSize: 10, _leases), app);
    }

    private FanOut Event(App app, params int[] shards) => Event(app, default, shards);

    private FanOut Event(App app, AudienceCursor cursor, params int[] shards) =>
        new(Record(app), new FanOutPlan([.. shards.Select(shard => Shard(shard) with { Cursor = cursor })]), s_now, _leases.Held);

    private static FanOutShard Shard(int number) => new() { Shard = number, Provider = ProviderKind.Apns };

    private static EventRecord Record(App app, int? rate = null) => new()
    {
        Key = 1,
        AppKey = app.Key,
        Event = new PushEvent
        {
            Id = $"{1:x32}",
            AppId = app.Id,
            Type = "t",
            Audience = Audience.All,
            Options = new EventOptions { Ttl = TimeSpan.FromDays(1), MaxRatePerSecond = rate },
            CreatedAt = s_now,
        },
        State = EventState.Dispatching,
        Control = EventControl.Run,
        EstimatedAudience = 1,
        Account = EventAccount.Empty,
        Timings = new EventTimings { CreatedAt = s_now },
    };

    private sealed class ScriptedLeases : IShardLeases
    {
        public event Action? Changed;

        public bool IsShared => true;

        public ShardLeases Held { get; private set; } = ShardLeases.None;

        public bool HasLapsed => false;

        public void Hold(params (int Shard, long Epoch)[] leases)
        {
            var epochs = new long[PushGateway.Core.Shard.Count];
            foreach (var (shard, epoch) in leases)
            {
                epochs[shard] = epoch;
            }

            Held = new ShardLeases(epochs);
            Changed?.Invoke();
        }

        public Task JoinAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Left(int shard)
        {
        }

        public void Lost(int shard, long epoch)
        {
        }

        public void Leave()
        {
        }
    }
}
