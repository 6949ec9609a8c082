namespace PushGateway.Simulator.Counting;

/// <summary>Requests a second, over whole seconds of the simulator's clock.</summary>
internal sealed class PushRate(TimeProvider timeProvider)
{
    private readonly Lock _turning = new();
    private long _second = long.MinValue;
    private long _inThisSecond;
    private long _inLastSecond;
    private long _peak;

    public void Record()
    {
        var second = CurrentSecond();
        if (second != Volatile.Read(ref _second))
        {
            Turn(second);
        }

        Interlocked.Increment(ref _inThisSecond);
    }

    /// <summary>The last whole second and the busiest one, which may be the present one.</summary>
    public (long Last, long Peak) Read()
    {
        var second = CurrentSecond();
        if (second != Volatile.Read(ref _second))
        {
            Turn(second);
        }

        lock (_turning)
        {
            return (_inLastSecond, Math.Max(_peak, Volatile.Read(ref _inThisSecond)));
        }
    }

    private long CurrentSecond() => timeProvider.GetTimestamp() / timeProvider.TimestampFrequency;

    private void Turn(long second)
    {
        lock (_turning)
        {
            if (second <= _second)
            {
                return;
            }

            var counted = Interlocked.Exchange(ref _inThisSecond, 0);
            _inLastSecond = second == _second + 1 ? counted : 0;
            _peak = Math.Max(_peak, counted);
            Volatile.Write(ref _second, second);
        }
    }
}
