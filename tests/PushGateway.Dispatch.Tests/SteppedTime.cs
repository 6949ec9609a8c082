using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;

namespace PushGateway.Dispatch.Tests;

/// <summary>Moves a clock in steps while real work goes on between them.</summary>
internal static class SteppedTime
{
    /// <summary>
    /// Goes to an instant and stays there until what is due has happened. Only now and then it moves on a little: a timer that was about to be
    /// set when the clock jumped counts from after the jump.
    /// </summary>
    public static Task ReachAsync(this FakeTimeProvider time, DateTimeOffset instant, Func<bool> condition)
    {
        time.Advance(instant - time.GetUtcNow());
        var looks = 0;
        return Eventually.IsAsync(condition, () => "What is due does not happen.", () => time.Advance(TimeSpan.FromMilliseconds(++looks % 20 == 0 ? 5 : 0)));
    }

    public static Task StepUntilFinalAsync(this FakeTimeProvider time, TimeSpan step, DispatchFixture gateway, EventRecord record) =>
        Eventually.IsAsync(async () => (await gateway.FindAsync(record)).State.IsFinal(), () => "The event does not end.", () => time.Advance(step));

    /// <summary>Waits for an account, of an event that runs or that rests in the store.</summary>
    public static Task WhenCountsAsync(this DispatchFixture gateway, EventRecord record, Func<OutcomeCounts, bool> condition, Action? whileWaiting = null)
    {
        OutcomeCounts counts = default!;
        return Eventually.IsAsync(
            async () =>
            {
                counts = gateway.Dispatcher.FindProgress(record.Key) is { } progress
                    ? progress.Account.Counts
                    : (await gateway.FindAsync(record)).Account.Counts;
                return condition(counts);
            },
            () => $"The account stays {counts}.", whileWaiting);
    }
}
