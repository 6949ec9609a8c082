namespace PushGateway.Benchmarks.Sink;

/// <summary>What a sink has seen since its start or the last reset.</summary>
internal sealed record SinkStats
{
    /// <summary>Requests whose last byte has arrived; each is answered once.</summary>
    public long Requests { get; init; }

    /// <summary>Connections accepted.</summary>
    public long Connections { get; init; }

    public int OpenConnections { get; init; }

    /// <summary>Connections that did not get through the handshake or broke the protocol.</summary>
    public long FailedConnections { get; init; }

    public long GoAways { get; init; }

    /// <summary>Of <see cref="Requests"/>, those answered that the token is dead.</summary>
    public long Gone { get; init; }

    /// <summary>Of <see cref="Requests"/>, those answered that they came too fast.</summary>
    public long Throttled { get; init; }

    /// <summary>Of <see cref="Requests"/>, those answered that the provider is unavailable.</summary>
    public long Unavailable { get; init; }

    /// <summary>GOAWAYs sent by the sink.</summary>
    public long GoAwaysSent { get; init; }

    /// <summary>Bytes of HTTP/2, without TLS.</summary>
    public long BytesIn { get; init; }

    public long BytesOut { get; init; }

    /// <summary>Bytes of TLS, without TCP.</summary>
    public long WireBytesIn { get; init; }

    public long WireBytesOut { get; init; }

    /// <summary>When the first byte of the first request had been read, on the machine's monotonic clock (<c>Stopwatch.GetTimestamp</c>); 0 before.</summary>
    public long FirstRequestAt { get; init; }

    /// <summary>When these figures were taken, on the same clock.</summary>
    public long TakenAt { get; init; }

    /// <summary>User and system time of the process.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>What the delay really was, in the mean; 0 without one.</summary>
    public double MeanDelayMs { get; init; }
}
