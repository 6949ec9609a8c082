using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

internal sealed record NodesResult
{
    public string Benchmark { get; } = "nodes";

    public MachineInfo Machine { get; } = Report.Machine;

    public required int Nodes { get; init; }

    public required int Devices { get; init; }

    public required IReadOnlyList<string> Settings { get; init; }

    public required IReadOnlyList<NodesRound> Rounds { get; init; }
}

/// <summary>One broadcast. Times count from the instant the event was created.</summary>
internal sealed record NodesRound
{
    public required double SecondsToFirst { get; init; }

    public required double SecondsToEnd { get; init; }

    /// <summary>Requests that the sink had beyond one for each device.</summary>
    public required long SentTwice { get; init; }

    /// <summary>By gateway, what part of the devices came to their outcome in it; not a number for one that was killed.</summary>
    public required IReadOnlyList<double> Shares { get; init; }
}
