using System.Text.Json.Serialization;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

internal sealed record EndToEndResult
{
    public string Benchmark { get; } = "endtoend";

    public MachineInfo Machine { get; } = Report.Machine;

    public required int Devices { get; init; }

    public required IReadOnlyList<string> Settings { get; init; }

    public required IReadOnlyList<BroadcastResult> Broadcasts { get; init; }

    /// <summary>Empty without a profile.</summary>
    [JsonIgnore]
    public required IReadOnlyList<ProfileStep> Steps { get; init; }

    public IReadOnlyList<StepCost> StepCosts =>
        [.. Steps.Select(step => new StepCost(step.Name, step.Share, step.Share * Spread.Of(Broadcasts.Select(broadcast => broadcast.CpuMicrosecondsPerPush)).Median))];
}

/// <param name="CpuMicrosecondsPerPush">The step's share of what a push costs without the profiler.</param>
internal sealed record StepCost(string Name, double Share, double CpuMicrosecondsPerPush);
