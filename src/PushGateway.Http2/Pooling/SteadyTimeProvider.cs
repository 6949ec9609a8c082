namespace PushGateway.Http2.Pooling;

/// <summary>A clock that goes on from where it stood whatever is done to the system's: for what keeps an instant but means a span of time.</summary>
internal sealed class SteadyTimeProvider(TimeProvider inner) : TimeProvider
{
    private readonly DateTimeOffset _start = inner.GetUtcNow();
    private readonly long _startedAt = inner.GetTimestamp();

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => _start + inner.GetElapsedTime(_startedAt);

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
