namespace PushGateway.Simulator.Counting;

/// <summary>How many connections a listener has and had, and how busy one of them has been at most.</summary>
internal sealed class ConnectionTotals
{
    private long _opened;
    private long _open;
    private int _maxConcurrentStreams;

    public long Opened => Interlocked.Read(ref _opened);

    public long Open => Interlocked.Read(ref _open);

    public int MaxConcurrentStreams => Volatile.Read(ref _maxConcurrentStreams);

    public void ConnectionOpened()
    {
        Interlocked.Increment(ref _opened);
        Interlocked.Increment(ref _open);
    }

    public void ConnectionClosed() => Interlocked.Decrement(ref _open);

    public void StreamsNow(int streams)
    {
        var known = Volatile.Read(ref _maxConcurrentStreams);
        while (streams > known)
        {
            var seen = Interlocked.CompareExchange(ref _maxConcurrentStreams, streams, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>Starts counting anew; connections that are open count as opened.</summary>
    public void Reset()
    {
        Interlocked.Exchange(ref _opened, Open);
        Volatile.Write(ref _maxConcurrentStreams, 0);
    }
}
