namespace PushGateway.Dispatch;

/// <summary>Notices when the system's clock was set, by comparing it with elapsed time. Not safe for concurrent use.</summary>
/// <remarks>A clock that is steered runs a little faster or slower and is not noticed, nor need it be.</remarks>
internal sealed class ClockWatch
{
    /// <summary>Less than this between two looks counts as steering.</summary>
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(1);

    /// <summary>Clock and elapsed time belong together when they were read within this.</summary>
    private static readonly TimeSpan s_simultaneous = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _timeProvider;
    private DateTimeOffset _clock;
    private long _timestamp;

    public ClockWatch(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        (_clock, _timestamp) = Read();
    }

    /// <summary>How far the clock was set since the last look: negative when it was set back; zero when it was not.</summary>
    public TimeSpan Look()
    {
        var (clock, timestamp) = Read();
        var step = clock - _clock - _timeProvider.GetElapsedTime(_timestamp, timestamp);
        (_clock, _timestamp) = (clock, timestamp);
        return step.Duration() < s_tolerance ? TimeSpan.Zero : step;
    }

    /// <summary>A process that is held between reading the one and the other would see a step that was none.</summary>
    private (DateTimeOffset Clock, long Timestamp) Read()
    {
        while (true)
        {
            var before = _timeProvider.GetTimestamp();
            var clock = _timeProvider.GetUtcNow();
            var after = _timeProvider.GetTimestamp();
            if (_timeProvider.GetElapsedTime(before, after) < s_simultaneous)
            {
                return (clock, after);
            }
        }
    }
}
