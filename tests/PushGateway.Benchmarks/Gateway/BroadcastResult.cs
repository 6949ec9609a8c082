namespace PushGateway.Benchmarks.Gateway;

/// <summary>What one broadcast took. Times are those of the event, from the instant it was created.</summary>
internal sealed record BroadcastResult
{
    public required int Devices { get; init; }

    /// <summary>From the event's creation until its last outcome was recorded.</summary>
    public required double PushesPerSecond { get; init; }

    /// <summary>User and system time of the gateway.</summary>
    public required double CpuMicrosecondsPerPush { get; init; }

    public required double SinkCpuMicrosecondsPerPush { get; init; }

    /// <summary>Bytes of TLS in both directions.</summary>
    public required double WireBytesPerPush { get; init; }

    /// <summary>Largest resident set of the gateway.</summary>
    public required double PeakMemoryMegabytes { get; init; }

    /// <summary>Whether <see cref="PeakMemoryMegabytes"/> is that of the broadcast alone, not since the start of the process.</summary>
    public required bool IsPeakOfBroadcast { get; init; }

    /// <summary>Connections open at the sink at the end.</summary>
    public required int Connections { get; init; }

    public required double SecondsToFirst { get; init; }

    public required double SecondsTo50Percent { get; init; }

    public required double SecondsTo90Percent { get; init; }

    public required double SecondsTo99Percent { get; init; }

    public required double SecondsToEnd { get; init; }
}
