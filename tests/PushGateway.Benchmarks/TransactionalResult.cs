using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

/// <summary>What became of a stream of events for one subscriber each. Times are in milliseconds from the instant the event was due.</summary>
internal sealed record TransactionalResult
{
    public string Benchmark { get; } = "transactional";

    public MachineInfo Machine { get; } = Report.Machine;

    public required int RequestedPerSecond { get; init; }

    public required int EventsPerCall { get; init; }

    public required int Connections { get; init; }

    public required int Events { get; init; }

    /// <summary>Events over the time from the first instant due to the last arrival at the sink: less than what was asked for when the gateway fell behind.</summary>
    public required double KeptPerSecond { get; init; }

    /// <summary>How late calls were sent: the load's own fault, or all connections were waiting for the gateway.</summary>
    public required Percentiles Sent { get; init; }

    public required Percentiles Answered { get; init; }

    /// <summary>Until the first byte of its push was read at the provider.</summary>
    public required Percentiles Arrived { get; init; }

    public required double GatewayCpuMicrosecondsPerEvent { get; init; }

    public required double SinkCpuMicrosecondsPerEvent { get; init; }

    public required double LoadCpuMicrosecondsPerEvent { get; init; }

    /// <summary>Share of all processors of the machine that the three used together.</summary>
    public required double MachineShare { get; init; }

    public required double PeakMemoryMegabytes { get; init; }

    /// <summary>Durable commits of the gateway's whole life, warm-up included, over all its events.</summary>
    public required double EventsPerCommit { get; init; }

    /// <summary>Growth of the database file over all events.</summary>
    public required double StoreBytesPerEvent { get; init; }

    /// <summary>Where the gateway's processor time went; empty unless it was sampled.</summary>
    public required IReadOnlyList<ProfileStepShare> Steps { get; init; }
}

/// <param name="Share">Of the gateway's processor time, 0 to 1.</param>
internal sealed record ProfileStepShare(string Name, double Share);
