using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace PushGateway.Simulator.Tests;

/// <summary>A clock that stands still until moved, and tells when somebody has begun to wait on it: moving it earlier would be in vain.</summary>
public sealed class SteppedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            _timers.Writer.TryWrite(dueTime);
        }

        return timer;
    }

    /// <summary>Waits until this many timers have been set since the last call.</summary>
    public async Task TimersAsync(int count)
    {
        for (var timer = 0; timer < count; timer++)
        {
            await _timers.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
    }
}
