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

    /// <summary>Where the median of <see cref="Broadcasts"/> goes, the largest first; empty without a profile.</summary>
    public required IReadOnlyList<StepCost> Steps { get; init; }

    public static EndToEndResult Of(GatewaySettings settings, IReadOnlyList<BroadcastResult> broadcasts, IReadOnlyList<ProfileStep> profile)
    {
        var perPush = Spread.Of(broadcasts.Select(broadcast => broadcast.CpuMicrosecondsPerPush)).Median;
        return new EndToEndResult
        {
            Devices = settings.Devices,
            Settings = settings.Settings,
            Broadcasts = broadcasts,
            Steps = [.. profile.Select(step => new StepCost(step.Name, step.Share, step.Share * perPush))],
        };
    }
}

/// <param name="CpuMicrosecondsPerPush">The step's share of what a push costs without the profiler.</param>
internal sealed record StepCost(string Name, double Share, double CpuMicrosecondsPerPush);
