namespace PushGateway.Dispatch;

/// <summary>Notices when the system's clock was set, by comparing it with elapsed time. Not safe for concurrent use.</summary>
/// <remarks>A clock that is steered runs a little faster or slower and is not noticed, nor need it be.</remarks>
internal sealed class ClockWatch(TimeProvider timeProvider)
{
    /// <summary>Less than this between two looks counts as steering.</summary>
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(1);

    private DateTimeOffset _clock = timeProvider.GetUtcNow();
    private long _timestamp = timeProvider.GetTimestamp();

    /// <summary>How far the clock was set since the last look: negative when it was set back; zero when it was not.</summary>
    public TimeSpan Look()
    {
        var (clock, timestamp) = (timeProvider.GetUtcNow(), timeProvider.GetTimestamp());
        var step = clock - _clock - timeProvider.GetElapsedTime(_timestamp, timestamp);
        (_clock, _timestamp) = (clock, timestamp);
        return step.Duration() < s_tolerance ? TimeSpan.Zero : step;
    }
}
