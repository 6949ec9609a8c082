namespace PushGateway.Benchmarks.Clients;

/// <summary>What the measured part of a client's run cost its process.</summary>
internal sealed record ClientResult
{
    public required long Requests { get; init; }

    /// <summary>Requests that were not answered with 200.</summary>
    public long Failures { get; init; }

    public required double Seconds { get; init; }

    /// <summary>User and system time.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>On the managed heap; <see langword="null"/> when the client has none.</summary>
    public long? AllocatedBytes { get; init; }
}
