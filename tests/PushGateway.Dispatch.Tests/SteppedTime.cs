using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;

namespace PushGateway.Dispatch.Tests;

/// <summary>Moves a clock in steps while real work goes on between them; the deadline makes a hang a failure.</summary>
internal static class SteppedTime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Goes to an instant and stays there until what is due has happened. Only now and then it moves on a little: a timer that was about to be
    /// set when the clock jumped counts from after the jump.
    /// </summary>
    public static async Task ReachAsync(this FakeTimeProvider time, DateTimeOffset instant, Func<bool> condition)
    {
        time.Advance(instant - time.GetUtcNow());
        var started = TimeProvider.System.GetTimestamp();
        for (var polls = 1; !condition(); polls++)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < s_patience, "What is due does not happen.");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
            if (polls % 20 == 0)
            {
                time.Advance(TimeSpan.FromMilliseconds(5));
            }
        }
    }

    public static async Task StepUntilAsync(this FakeTimeProvider time, TimeSpan step, Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < s_patience, "The condition does not come true.");
            time.Advance(step);
            await Task.Yield();
        }
    }

    public static async Task StepUntilFinalAsync(this FakeTimeProvider time, TimeSpan step, DispatchFixture gateway, EventRecord record)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!(await gateway.FindAsync(record)).State.IsFinal())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < s_patience, "The event does not end.");
            time.Advance(step);
        }
    }

    /// <summary>Waits, with the clock standing still.</summary>
    public static async Task WhenAsync(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < s_patience, "The condition does not come true.");
            await Task.Yield();
        }
    }

    /// <summary>Waits for an account, of an event that runs or that rests in the store.</summary>
    public static async Task WhenCountsAsync(
        this DispatchFixture gateway, EventRecord record, Func<OutcomeCounts, bool> condition, Action? whileWaiting = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var counts = gateway.Dispatcher.FindProgress(record.Key) is { } progress
                ? progress.Account.Counts
                : (await gateway.FindAsync(record)).Account.Counts;
            if (condition(counts))
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < s_patience, $"The account stays {counts}.");
            whileWaiting?.Invoke();
        }
    }
}
