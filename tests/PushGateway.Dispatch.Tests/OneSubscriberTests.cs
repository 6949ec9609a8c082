using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>Events for one subscriber: as few changes as can be, and no other behaviour than that of the large ones.</summary>
public sealed class OneSubscriberTests
{
    private static readonly AttemptResult s_unavailable = new(OutcomeKind.Unavailable, "ServiceUnavailable");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_OneDevice_IsSentOnceAndFinalWithItsPage()
    {
        await using var gateway = await StartAsync();

        var record = await gateway.WaitAsync(await PublishAsync(gateway));

        Assert.Equal((EventState.Completed, 1L, 1L), (record.State, record.Account.Counts.Accepted, record.Account.Attempts));
        Assert.Equal(2, gateway.Apns.Attempts[DispatchFixture.Token(0)]); // One of them to prove the credential.
        var timings = record.Timings;
        Assert.True(timings.CreatedAt - TimeSpan.FromMilliseconds(1) <= timings.StartedAt); // Which is kept in milliseconds.
        Assert.True(timings.StartedAt <= timings.FirstAcceptedAt && timings.FirstAcceptedAt <= timings.CompletedAt);
        Assert.Equal(timings.CompletedAt, timings.Accepted50At);
        Assert.Equal(["page"], gateway.FanOuts.Changes);
        Assert.Null(gateway.Dispatcher.FindProgress(record.Key));
    }

    [Fact]
    public async Task Publish_ManyAtOnce_SendsEachOnce()
    {
        await using var gateway = await StartAsync();

        var records = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => PublishAsync(gateway)));
        foreach (var record in records)
        {
            Assert.Equal((EventState.Completed, 1L), await gateway.WaitAsync(record) is { } final ? (final.State, final.Account.Counts.Accepted) : default);
        }

        Assert.Equal(301, gateway.Apns.Accepted[DispatchFixture.Token(0)]);
    }

    [Fact]
    public async Task Publish_DeviceHasToWait_IsCompletedLaterAndSentOnce()
    {
        await using var gateway = await StartAsync();
        // Two repeats in process are not enough: it is deferred, so the page does not end the event.
        gateway.Apns.Answer = (_, attempt) => attempt < 6 ? s_unavailable : new AttemptResult(OutcomeKind.Accepted);

        var record = await gateway.WaitAsync(await PublishAsync(gateway));

        Assert.Equal((EventState.Completed, new OutcomeCounts(1, 0, 0, 0, 0, 0)), (record.State, record.Account.Counts));
        Assert.Equal(2, gateway.Apns.Accepted[DispatchFixture.Token(0)]);
        Assert.NotNull(record.Timings.StartedAt);
        Assert.Contains("complete", gateway.FanOuts.Changes);
        Assert.Single(gateway.FanOuts.Changes, change => change == "start");
    }

    [Fact]
    public async Task Cancel_WhileThePushIsOut_IsCancelledWithWhatWasAccepted()
    {
        await using var gateway = await StartAsync();
        var (sent, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Apns.Before = _ =>
        {
            sent.TrySetResult();
            return answer.Task;
        };
        var record = await PublishAsync(gateway);
        await sent.Task.WaitAsync(Cancelled);

        var cancelling = gateway.ControlAsync(record, EventControl.Cancel);
        await Eventually.IsAsync(async () => (await gateway.FindAsync(record)).Control == EventControl.Cancel);
        answer.SetResult();
        var (final, allowed) = await cancelling;

        Assert.True(allowed);
        Assert.Equal((EventState.Cancelled, new OutcomeCounts(1, 0, 0, 0, 0, 0)), (final.State, final.Account.Counts));
    }

    [Fact]
    public async Task Pause_WhileThePushIsOut_StaysPausedUntilResumedAndIsNotSentAgain()
    {
        await using var gateway = await StartAsync();
        var (sent, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Apns.Before = _ =>
        {
            sent.TrySetResult();
            return answer.Task;
        };
        var record = await PublishAsync(gateway);
        await sent.Task.WaitAsync(Cancelled);

        var pausing = gateway.ControlAsync(record, EventControl.Pause);
        await Eventually.IsAsync(async () => (await gateway.FindAsync(record)).State == EventState.Paused);
        answer.SetResult();
        var (paused, _) = await pausing;
        await gateway.ControlAsync(record, EventControl.Run);
        var final = await gateway.WaitAsync(record);

        Assert.Equal(EventState.Paused, paused.State);
        Assert.Equal((EventState.Completed, 1L), (final.State, final.Account.Counts.Accepted));
        Assert.Equal(2, gateway.Apns.Attempts[DispatchFixture.Token(0)]);
    }

    [Fact]
    public async Task Cancel_AfterTheEnd_IsRefused()
    {
        await using var gateway = await StartAsync();
        var record = await gateway.WaitAsync(await PublishAsync(gateway));

        var (final, allowed) = await gateway.ControlAsync(record, EventControl.Cancel);

        Assert.Equal((false, EventState.Completed), (allowed, final.State));
    }

    [Fact]
    public async Task Publish_NowOrNeverAndTheProviderFails_IsExpired()
    {
        await using var gateway = await StartAsync();
        gateway.Apns.Answer = (_, _) => s_unavailable;

        var record = await gateway.WaitAsync(await gateway.PublishAsync(pushEvent => ToOne(pushEvent) with { Options = new EventOptions { Ttl = TimeSpan.Zero } }));

        Assert.Equal((EventState.Expired, new OutcomeCounts(0, 0, 0, 1, 0, 0)), (record.State, record.Account.Counts));
        Assert.Null(record.Timings.FirstAcceptedAt);
    }

    [Fact]
    public async Task Restart_WithoutDraining_SendsWhatWasOutAtMostTwice()
    {
        await using var gateway = await StartAsync();
        var (sent, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Apns.Before = _ =>
        {
            sent.TrySetResult();
            return never.Task;
        };
        var record = await PublishAsync(gateway);
        await sent.Task.WaitAsync(Cancelled);
        gateway.Apns.Before = _ => Task.CompletedTask;

        await gateway.RestartAsync(graceful: false);
        var final = await gateway.WaitAsync(record);

        Assert.Equal((EventState.Completed, 1L), (final.State, final.Account.Counts.Accepted));
        Assert.Equal(3, gateway.Apns.Attempts[DispatchFixture.Token(0)]); // The first proved the credential, the second was never answered.
    }

    [Fact]
    public async Task Cancel_WhileTheEventIsBeingLoaded_IsNotSentAfterAll()
    {
        await using var gateway = await StartAsync(("MaxActiveEvents", "1"));
        TaskCompletionSource answer = new(), read = new(), givesRead = new();
        gateway.Apns.Before = _ => answer.Task;
        var first = await PublishAsync(gateway);
        var second = await PublishAsync(gateway); // No room for it: it waits in the store.
        gateway.FanOuts.AfterFind = () =>
        {
            gateway.FanOuts.AfterFind = () => Task.CompletedTask;
            read.SetResult();
            return givesRead.Task;
        };
        answer.SetResult();
        await gateway.WaitAsync(first);
        await read.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        var (cancelled, _) = await gateway.ControlAsync(second, EventControl.Cancel);
        givesRead.SetResult();
        await gateway.WaitAsync(await PublishAsync(gateway));
        await gateway.RestartAsync();

        Assert.Equal((EventState.Cancelled, 1L), (cancelled.State, cancelled.Account.Counts.Cancelled));
        Assert.Equal(3, gateway.Apns.Attempts[DispatchFixture.Token(0)]); // To prove the credential, and for the first and the last event.
    }

    [Fact]
    public async Task Pause_WhileTheEventIsBeingLoaded_IsSentOnlyAfterTheResume()
    {
        await using var gateway = await StartAsync(("MaxActiveEvents", "1"));
        TaskCompletionSource answer = new(), read = new(), givesRead = new();
        gateway.Apns.Before = _ => answer.Task;
        var first = await PublishAsync(gateway);
        var second = await PublishAsync(gateway); // No room for it: it waits in the store.
        gateway.FanOuts.AfterFind = () =>
        {
            gateway.FanOuts.AfterFind = () => Task.CompletedTask;
            read.SetResult();
            return givesRead.Task;
        };
        answer.SetResult();
        await gateway.WaitAsync(first);
        await read.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        var (paused, _) = await gateway.ControlAsync(second, EventControl.Pause);
        givesRead.SetResult();
        await gateway.WaitAsync(await PublishAsync(gateway));

        Assert.Equal(EventState.Paused, paused.State);
        Assert.Equal(3, gateway.Apns.Attempts[DispatchFixture.Token(0)]); // To prove the credential, and for the first and the last event.
        await gateway.ControlAsync(second, EventControl.Run);
        Assert.Equal((EventState.Completed, 1L), ((await gateway.WaitAsync(second)).State, (await gateway.FindAsync(second)).Account.Counts.Accepted));
        Assert.Equal(4, gateway.Apns.Attempts[DispatchFixture.Token(0)]);
    }

    [Fact]
    public async Task Publish_DeviceRegistersAnotherTokenBefore_GoesToThatToken()
    {
        await using var gateway = await StartAsync();
        var device = (await gateway.Devices.FindAsync(gateway.App.Key, "d0", Cancelled))!;
        await gateway.Devices.RegisterAsync(gateway.App.Key, device.Registration with { Token = DispatchFixture.Token(77) }, Cancelled);

        await gateway.WaitAsync(await PublishAsync(gateway));

        Assert.Equal(1, gateway.Apns.Accepted[DispatchFixture.Token(77)]);
        Assert.Equal(1, gateway.Apns.Accepted[DispatchFixture.Token(0)]);
    }

    [Fact]
    public async Task TakeFirstPage_Fresh_IsGivenOnce()
    {
        await using var gateway = await StartAsync();
        var (fanOut, turn, now) = await PlanAsync(gateway);

        Assert.Equal((1, ProviderSet.Apns), (turn.Capacity, turn.Providers));
        Assert.Equal(1, fanOut.TakeFirstPage(ref turn, now)!.Count);
        Assert.Equal(ProviderSet.All, turn.Providers);
        Assert.Null(fanOut.TakeFirstPage(ref turn, now));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1.001, false)]
    [InlineData(-0.001, false)]
    public async Task TakeFirstPage_AfterAWhile_IsReadAgain(double seconds, bool isGiven)
    {
        await using var gateway = await StartAsync();
        var (fanOut, turn, now) = await PlanAsync(gateway);

        Assert.Equal(isGiven, fanOut.TakeFirstPage(ref turn, now + TimeSpan.FromSeconds(seconds)) is not null);
        Assert.Equal((ProviderSet.All, ProviderSet.Fcm), (turn.Providers, turn.Unasked));
    }

    /// <summary>The more there is to do, the less may each cost: an event that has waited must not cost more than one that has not.</summary>
    [Fact]
    public async Task Publish_MoreThanAreHeldInMemory_EachIsStillOneChange()
    {
        await using var gateway = await StartAsync(("MaxActiveEvents", "1"));
        var release = new TaskCompletionSource();
        gateway.Apns.Before = _ => release.Task;
        List<EventRecord> records = [];
        for (var number = 0; number < 20; number++)
        {
            records.Add(await PublishAsync(gateway));
        }

        release.SetResult();
        foreach (var record in records)
        {
            Assert.Equal(new OutcomeCounts(1, 0, 0, 0, 0, 0), (await gateway.WaitAsync(record)).Account.Counts);
        }

        Assert.Equal(Enumerable.Repeat("page", 20), gateway.FanOuts.Changes);
        Assert.Equal(21, gateway.Apns.Accepted[DispatchFixture.Token(0)]);
    }

    [Fact]
    public async Task Publish_WaitsForItsTurn_ReadsItsAudienceAnewAndIsStillOneChange()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await StartAsync(time, ("MaxPagesInFlight", "1"));
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Apns.Before = _ =>
        {
            entered.TrySetResult();
            return release.Task;
        };
        var first = await PublishAsync(gateway);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        var second = await PublishAsync(gateway);
        time.Advance(TimeSpan.FromSeconds(5));

        release.SetResult();
        await gateway.WaitAsync(first);
        await gateway.WaitAsync(second);

        Assert.Equal(["page", "page"], gateway.FanOuts.Changes);
    }

    /// <summary>The provider of a device that was not there when the event was published has not been asked whether it may be sent to.</summary>
    [Fact]
    public async Task Publish_DeviceOfAnotherProviderJoinsWhileItWaits_IsSentToBoth()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await StartAsync(time, ("MaxPagesInFlight", "1"));
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Apns.Before = _ =>
        {
            entered.TrySetResult();
            return release.Task;
        };
        var first = await PublishAsync(gateway);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        var second = await PublishAsync(gateway);
        await gateway.ImportAsync(1, (_, device) => device with { DeviceId = "android", SubscriberId = "s0", Provider = ProviderKind.Fcm, Token = DispatchFixture.Token(99) });
        await gateway.Devices.RemoveAsync(gateway.App.Key, "d0", Cancelled);
        time.Advance(TimeSpan.FromSeconds(5));

        release.SetResult();
        await gateway.WaitAsync(first);
        await time.StepUntilFinalAsync(TimeSpan.FromMilliseconds(100), gateway, second);

        Assert.Equal(1, (await gateway.FindAsync(second)).Account.Counts.Accepted);
        Assert.Equal(1, gateway.Fcm.Accepted[DispatchFixture.Token(99)]);
    }

    [Fact]
    public async Task TakeFirstPage_NotWhatTheTurnReads_IsReadAgain()
    {
        await using var gateway = await StartAsync();
        var (fanOut, turn, now) = await PlanAsync(gateway);
        turn = turn with { Providers = ProviderSet.Fcm };
        Assert.Null(fanOut.TakeFirstPage(ref turn, now));

        (fanOut, turn, now) = await PlanAsync(gateway);
        turn = turn with { After = new AudienceCursor(1, 0) };
        Assert.Null(fanOut.TakeFirstPage(ref turn, now));

        (fanOut, turn, now) = await PlanAsync(gateway);
        await gateway.PutApnsAsync();
        turn = turn with { App = gateway.App };
        Assert.Null(fanOut.TakeFirstPage(ref turn, now));
    }

    /// <summary>A gateway whose credentials have proved themselves.</summary>
    private static Task<DispatchFixture> StartAsync(params IEnumerable<(string Option, string Value)> options) => StartAsync(TimeProvider.System, options);

    private static async Task<DispatchFixture> StartAsync(TimeProvider time, params IEnumerable<(string Option, string Value)> options)
    {
        var gateway = await DispatchFixture.StartAsync(time, options);
        await gateway.ImportAsync(2);
        await gateway.WaitAsync(await gateway.PublishAsync());
        gateway.FanOuts.Changes.Clear();
        return gateway;
    }

    private static PushEvent ToOne(PushEvent pushEvent) => pushEvent with { Audience = new Audience(AudienceKind.Subscribers, ["s0"]) };

    private static Task<EventRecord> PublishAsync(DispatchFixture gateway) => gateway.PublishAsync(ToOne);

    /// <summary>As the dispatch has it right after the publish, without sending it.</summary>
    private static async Task<(FanOut FanOut, Turn Turn, DateTimeOffset Now)> PlanAsync(DispatchFixture gateway)
    {
        var now = TimeProvider.System.GetUtcNow();
        var pushEvent = ToOne(new PushEvent
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            AppId = "app",
            Type = "t",
            Audience = Audience.All,
            CreatedAt = now,
        });
        var receipt = Assert.Single(await gateway.Events.PublishBatchAsync(
            gateway.App.Key, [new EventToPublish(pushEvent, null, FanOut.QueryForFirstPage(gateway.App, pushEvent))], Cancelled));
        var fanOut = new FanOut(receipt.Event!, receipt.Plan!, now);
        var turn = fanOut.TakeTurn(gateway.App, 50, now, _ => null, out _);
        return (fanOut, turn!, now);
    }
}
