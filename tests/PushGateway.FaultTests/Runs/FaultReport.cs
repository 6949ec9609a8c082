using System.Globalization;

namespace PushGateway.FaultTests.Runs;

/// <summary>What a run measured, for the distribution over many.</summary>
internal sealed class FaultReport(FaultPlan plan)
{
    public const string Header =
        "seed\tkills\tstops\tnetwork\tdevices\ttwice\textra\tbound\trepeats\tpolls\tready_ms\tready_max_ms\tseconds";

    public int Kills { get; set; }

    public int Stops { get; set; }

    /// <summary>Devices notified or settled.</summary>
    public int Devices { get; set; }

    public int DevicesTwice { get; set; }

    public int ExtraPushes { get; set; }

    /// <summary>Devices that the kills may have doubled.</summary>
    public long Bound { get; set; }

    /// <summary>Attempts recorded beyond one for each device.</summary>
    public long RepeatedAttempts { get; set; }

    public int Polls { get; set; }

    public List<TimeSpan> Readiness { get; } = [];

    public TimeSpan Duration { get; set; }

    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{plan.Seed}\t{Kills}\t{Stops}\t{(plan.HasNetworkFaults ? 1 : 0)}\t{Devices}\t{DevicesTwice}\t{ExtraPushes}\t{Bound}\t{RepeatedAttempts}\t{Polls}\t" +
        $"{Readiness.Average(ready => ready.TotalMilliseconds):F0}\t{Readiness.Max().TotalMilliseconds:F0}\t{Duration.TotalSeconds:F1}");
}
