namespace PushGateway.Dispatch.Tests;

/// <summary>The system's time with a clock that can be set, as an operator or a time server sets it: timers and elapsed time go on as they were.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _offsetTicks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _offsetTicks));

    public void Set(TimeSpan step) => Interlocked.Add(ref _offsetTicks, step.Ticks);
}
