namespace PushGateway.Dispatch.Tests;

/// <summary>
/// A clock whose timers do their work on the thread pool, as the system's do. A fake clock does it wherever somebody next asks for the time: perhaps within a lock, and what goes on from there may want
/// others, in an order in which nobody else takes them.
/// </summary>
internal sealed class PooledTimers(TimeProvider clock) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(_ => ThreadPool.UnsafeQueueUserWorkItem(_ => callback(state), null), null, dueTime, period);
}
