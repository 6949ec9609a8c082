using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;

namespace PushGateway.Dispatch.Tests;

/// <summary>What was asked of an event holds also when the process dies right after it.</summary>
public sealed class ControlCrashTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Crash_WhilePaused_StaysPausedUntilResumed()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2_000);
        var record = await PublishAndPauseAsync(gateway);
        var sent = gateway.Apns.Sent + gateway.Fcm.Sent;

        await gateway.RestartAsync(graceful: false);
        // Another event goes through the same worker: the paused one has had its chance to be taken up by mistake.
        Assert.Equal(EventState.Completed, (await gateway.WaitAsync(await PublishToOneAsync(gateway))).State);
        Assert.Equal(EventState.Paused, (await gateway.FindAsync(record)).State);
        Assert.Equal(sent + 1, gateway.Apns.Sent + gateway.Fcm.Sent);

        await gateway.ControlAsync(record, EventControl.Run);
        Assert.Equal(new OutcomeCounts(2_000, 0, 0, 0, 0, 0), (await gateway.WaitAsync(record)).Account.Counts);
        Assert.Equal(2_001, gateway.Apns.Sent + gateway.Fcm.Sent);
    }

    [Fact]
    public async Task Crash_WhileScheduled_StartsToTheSecond()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(100);
        var sendAt = time.GetUtcNow().AddHours(1).AddSeconds(17);
        DateTimeOffset? first = null;
        gateway.Apns.Before = gateway.Fcm.Before = _ =>
        {
            first ??= time.GetUtcNow();
            return Task.CompletedTask;
        };
        var record = await gateway.PublishAsync(e => e with { Options = e.Options with { SendAt = sendAt } });

        await gateway.RestartAsync(graceful: false);
        await time.ReachAsync(sendAt, () => first is not null);

        Assert.InRange(first!.Value, sendAt, sendAt.AddSeconds(1));
        Assert.Equal(100, (await gateway.WaitAsync(record)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Crash_AfterTheCancelWasRecorded_EndsCancelledWithoutSendingMore()
    {
        await using var gateway = await DispatchFixture.StartAsync();
        await gateway.ImportAsync(2_000);
        var record = await PublishAndPauseAsync(gateway);
        var sent = gateway.Apns.Sent + gateway.Fcm.Sent;

        // The wish is durable, and nobody has acted on it yet.
        var (_, allowed) = (await gateway.Events.ControlAsync(gateway.App.Key, record.Event.Id, EventControl.Cancel, Cancelled))!.Value;
        Assert.True(allowed);
        await gateway.RestartAsync(graceful: false);

        var final = await gateway.WaitAsync(record);
        Assert.Equal((EventState.Cancelled, new OutcomeCounts(sent, 0, 0, 0, 2_000 - sent, 0)), (final.State, final.Account.Counts));
        Assert.Equal(sent, gateway.Apns.Sent + gateway.Fcm.Sent);
    }

    /// <summary>Nobody is sent to between the wish and what it does, so that there is always somebody left.</summary>
    private static async Task<EventRecord> PublishAndPauseAsync(DispatchFixture gateway)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Apns.Before = _ => gateway.Apns.Sent < 100 ? Task.CompletedTask : goOn.Task;
        var record = await gateway.PublishAsync();
        await gateway.Apns.WhenSentAsync(100);
        var paused = gateway.ControlAsync(record, EventControl.Pause);
        await Eventually.IsAsync(() => gateway.Services.GetRequiredService<FanOutSchedule>().Find(record.Key)?.Control == EventControl.Pause);
        goOn.SetResult();
        await paused;
        return record;
    }

    private static Task<EventRecord> PublishToOneAsync(DispatchFixture gateway) =>
        gateway.PublishAsync(e => e with { Audience = new Audience(AudienceKind.Devices, ["d0"]) });
}
