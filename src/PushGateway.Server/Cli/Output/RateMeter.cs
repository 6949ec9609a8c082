namespace PushGateway.Server.Cli.Output;

/// <summary>How fast a growing count grows, over about the last second.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private long _since;
    private long _from;
    private double _rate;

    public RateMeter(TimeProvider time) => (_time, _since) = (time, time.GetTimestamp());

    /// <returns>A second.</returns>
    public double Observe(long count)
    {
        var elapsed = _time.GetElapsedTime(_since);
        if (elapsed >= s_window)
        {
            _rate = (count - _from) / elapsed.TotalSeconds;
            (_since, _from) = (_time.GetTimestamp(), count);
        }
        else if (_rate == 0 && elapsed > TimeSpan.Zero)
        {
            // Before the first window is over: better an early figure than none.
            return (count - _from) / elapsed.TotalSeconds;
        }

        return _rate;
    }
}
