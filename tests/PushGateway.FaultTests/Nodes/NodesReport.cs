using System.Globalization;

namespace PushGateway.FaultTests.Nodes;

/// <summary>What a run of several gateways measured.</summary>
internal sealed class NodesReport(NodesPlan plan)
{
    public const string Header = "seed\tkills\tfreezes\toutages\tstops\tlapses\tdevices\textra\tbound\tunknown\tended_ms\tseconds";

    private int _kills;
    private int _freezes;
    private int _outages;
    private int _stops;

    /// <summary>Devices notified or settled.</summary>
    public int Devices { get; set; }

    public int ExtraPushes { get; set; }

    /// <summary>Devices of which nobody can know whether they were notified.</summary>
    public int Unknown { get; set; }

    /// <summary>From the last fault to the last event's end.</summary>
    public TimeSpan EndedAfter { get; set; }

    public TimeSpan Duration { get; set; }

    /// <summary>Leases that were over by the gateways' own words. On a machine that is busy enough that needs no fault.</summary>
    public int Lapses { get; set; }

    /// <summary>Devices that may be sent to twice: what a gateway has in flight, for each time that one was killed or could have lost its shards.</summary>
    /// <param name="nodes">How many gateways there were in the end: the loss of the database is that of each.</param>
    public long Bound(int nodes) => (_kills + Math.Max(_freezes + ((long)_outages * nodes), Lapses)) * plan.MaxDevicesInFlight;

    public void CountKill() => Interlocked.Increment(ref _kills);

    /// <summary>Only one that may have cost a lease.</summary>
    public void CountFreeze() => Interlocked.Increment(ref _freezes);

    /// <inheritdoc cref="CountFreeze"/>
    public void CountOutage() => Interlocked.Increment(ref _outages);

    public void CountStop() => Interlocked.Increment(ref _stops);

    public string ToLine(int nodes) => string.Create(
        CultureInfo.InvariantCulture,
        $"{plan.Seed}\t{_kills}\t{_freezes}\t{_outages}\t{_stops}\t{Lapses}\t{Devices}\t{ExtraPushes}\t{Bound(nodes)}\t{Unknown}\t{EndedAfter.TotalMilliseconds:F0}\t{Duration.TotalSeconds:F1}");
}
