namespace PushGateway.Benchmarks.Sink;

/// <summary>What one connection has seen. Written by the connection's threads without a lock, read by others: aligned 64-bit fields are never torn.</summary>
internal sealed class SinkCounters
{
    /// <summary>Requests whose last byte has arrived.</summary>
    public long Requests;

    /// <summary>Bytes of HTTP/2 received.</summary>
    public long BytesIn;

    public long BytesOut;

    /// <summary>Bytes of TLS received, handshake included.</summary>
    public long WireBytesIn;

    public long WireBytesOut;

    public long GoAways;

    /// <summary>Requests answered that the token is dead.</summary>
    public long Gone;

    /// <summary>Requests answered that they came too fast.</summary>
    public long Throttled;

    /// <summary>Requests answered that the provider is unavailable.</summary>
    public long Unavailable;

    /// <summary>Connections the sink has ended by itself.</summary>
    public long GoAwaysSent;

    /// <summary>Answers given after a delay, and the sum of their delays in ticks of the stopwatch.</summary>
    public long DelayedAnswers;

    public long DelaySum;

    public void Add(SinkCounters other)
    {
        Requests += other.Requests;
        BytesIn += other.BytesIn;
        BytesOut += other.BytesOut;
        WireBytesIn += other.WireBytesIn;
        WireBytesOut += other.WireBytesOut;
        GoAways += other.GoAways;
        Gone += other.Gone;
        Throttled += other.Throttled;
        Unavailable += other.Unavailable;
        GoAwaysSent += other.GoAwaysSent;
        DelayedAnswers += other.DelayedAnswers;
        DelaySum += other.DelaySum;
    }
}
