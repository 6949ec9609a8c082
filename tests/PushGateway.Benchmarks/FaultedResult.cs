using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

internal sealed record FaultedResult
{
    public string Benchmark { get; } = "faulted";

    public MachineInfo Machine { get; } = Report.Machine;

    public required int Devices { get; init; }

    public required IReadOnlyList<string> Settings { get; init; }

    public required IReadOnlyList<FaultedRound> Clean { get; init; }

    public required IReadOnlyList<FaultedRound> Faulted { get; init; }
}

/// <summary>One broadcast. Times are those of the event, from the instant it was created.</summary>
internal sealed record FaultedRound
{
    public required long Devices { get; init; }

    public required long Accepted { get; init; }

    /// <summary>Accepted notifications per second until 90 % of them had been accepted.</summary>
    public required double GoodputPerSecond { get; init; }

    public required double SecondsTo90Percent { get; init; }

    /// <summary>User and system time of the gateway until then.</summary>
    public double GatewaySecondsTo90Percent { get; init; }

    /// <summary>User and system time of both sinks until then, which have the same processors.</summary>
    public double SinkSecondsTo90Percent { get; init; }

    public required double SecondsTo99Percent { get; init; }

    public required double SecondsToEnd { get; init; }

    /// <summary>User and system time of the gateway.</summary>
    public required double CpuMicrosecondsPerDevice { get; init; }

    public required long Attempts { get; init; }

    /// <summary>Needed is one attempt for each device, and one more for each answer that said to come again.</summary>
    public required double AttemptsPerNeeded { get; init; }

    /// <summary>Answers that the token is dead.</summary>
    public required long Gone { get; init; }

    /// <summary>Answers 429 and 503.</summary>
    public required long ToComeAgain { get; init; }

    public required long GoAways { get; init; }
}
