using PushGateway.Benchmarks.Audiences;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

/// <summary>What filling a store, reading audiences from it and choosing among them took.</summary>
internal sealed record AudienceResult
{
    public string Benchmark { get; } = "audience";

    public MachineInfo Machine { get; } = Report.Machine;

    public required int Devices { get; init; }

    /// <summary>By store: SQLite and, if a database was named, PostgreSQL.</summary>
    public required IReadOnlyList<AudienceStoreResult> Stores { get; init; }
}

internal sealed record AudienceStoreResult
{
    /// <summary><c>Sqlite</c> or <c>PostgreSql</c>.</summary>
    public required string Store { get; init; }

    /// <summary><see langword="null"/> when the store was filled already.</summary>
    public required IngestResult? Ingest { get; init; }

    public required IReadOnlyList<StreamRound> Streams { get; init; }

    /// <summary>The same by the database alone, in turn.</summary>
    public required IReadOnlyList<StreamRound> Loops { get; init; }

    public required IReadOnlyList<SelectResult> Selects { get; init; }

    /// <summary>Registrations one by one during broadcasts; <see langword="null"/> when not asked for.</summary>
    public required RegistrationResult? Registrations { get; init; }

    /// <summary>By round, the rate of streaming as a share of the database's own.</summary>
    public IEnumerable<double> Ratios => Streams.Zip(Loops, static (stream, loop) => loop.Seconds / stream.Seconds);
}

/// <param name="PerSecond">Devices.</param>
/// <param name="LastTenthPerSecond">Of the last tenth of the devices: the store is as large as it gets.</param>
/// <param name="CpuMicroseconds">Of the gateway, per device.</param>
/// <param name="CopyPerSecond">SQLite: what SQLite alone reaches with the first of the same rows in an empty file of the same schema; <see langword="null"/> elsewhere.</param>
internal sealed record IngestResult(
    double PerSecond, double FirstTenthPerSecond, double LastTenthPerSecond, double CpuMicroseconds, double PeakMemoryMegabytes, double BytesPerDevice, double? CopyPerSecond);

/// <param name="Selector">What was asked for.</param>
/// <param name="Devices">Counted.</param>
internal sealed record SelectResult(string Selector, long Devices, double Seconds);

/// <param name="Milliseconds">From the instant each was due until it was answered, durable.</param>
internal sealed record RegistrationResult(int RequestedPerSecond, double KeptPerSecond, Percentiles Milliseconds, int Broadcasts, double PushesPerSecond);
