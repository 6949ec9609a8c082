using System.Globalization;
using System.Text;
using PushGateway.FaultTests.Runs;

namespace PushGateway.FaultTests.Nodes;

/// <summary>Everything that happens to several gateways in a run, decided by its seed alone.</summary>
internal sealed class NodesPlan
{
    private NodesPlan(int seed, int scale)
    {
        (Seed, Scale) = (seed, scale);
        // Neighbours would draw nearly alike.
        var random = new Random(unchecked((int)((uint)seed * 2_654_435_761u)));
        IsGentle = seed % 4 == 0;
        LeaseDuration = TimeSpan.FromMilliseconds(IsGentle ? 3_000 : random.Next(2_000, 3_001));
        PageSize = random.Next(10, 60);
        MaxDevicesInFlight = PageSize * random.Next(2, 8);
        AnswerDelayMs = random.Next(3) == 0 ? 0 : random.Next(5, 150);
        Events = PlanEvents(random);
        Faults = PlanFaults(random);
    }

    public int Seed { get; }

    /// <summary>Audiences and faults, in multiples of a short run's.</summary>
    public int Scale { get; }

    /// <summary>Nothing but stops in good order, gateways that join and wishes: nothing may be sent twice.</summary>
    public bool IsGentle { get; }

    public TimeSpan LeaseDuration { get; }

    public int PageSize { get; }

    /// <summary>Of each gateway.</summary>
    public int MaxDevicesInFlight { get; }

    public int AnswerDelayMs { get; }

    public IReadOnlyList<PlannedEvent> Events { get; }

    public IReadOnlyList<PlannedNodeFault> Faults { get; }

    public static NodesPlan Of(int seed, int scale) => new(seed, scale);

    public IEnumerable<(string Setting, string Value)> Settings() =>
    [
        ("PushGateway__Storage__LeaseDuration", LeaseDuration.ToString()),
        ("PushGateway__Dispatch__PageSize", Text(PageSize)),
        ("PushGateway__Dispatch__MaxDevicesInFlight", Text(MaxDevicesInFlight)),
        // Short waits, as in the runs of one gateway.
        ("PushGateway__Dispatch__InProcessRetryDelay", "00:00:00.050"),
        ("PushGateway__Dispatch__InProcessRetryLimit", "00:00:00.200"),
        ("PushGateway__Dispatch__DeferredRetryDelay", "00:00:00.200"),
        ("PushGateway__Dispatch__DeferredRetryLimit", "00:00:01"),
        ("PushGateway__Dispatch__BackOffDelay", "00:00:00.100"),
        ("PushGateway__Dispatch__ProbeIntervalLimit", "00:00:01"),
        ("PushGateway__Dispatch__MaxAttempts", "1000"),
        ("PushGateway__Dispatch__RetryBudgetFloor", "10000"),
        ("PushGateway__Dispatch__QuotaRampUp", "00:00:00"),
        ("PushGateway__Fcm__MinimumRetryDelay", "00:00:00.200"),
    ];

    /// <summary>Whether others may take the shards of a gateway that is not heard of for so long: it was last heard of up to a beat before, and the machine is busy.</summary>
    public bool MayLoseLease(int silentMs) => silentMs >= LeaseDuration.TotalMilliseconds / 2;

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"seed {Seed}, scale {Scale}: leases of {LeaseDuration.TotalMilliseconds} ms, page {PageSize}, in flight {MaxDevicesInFlight}, answers after {AnswerDelayMs} ms");
        foreach (var planned in Events)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  {planned.Audience.Channel}: {planned.Audience.Devices.Count} devices, rate {planned.Rate?.ToString(CultureInfo.InvariantCulture) ?? "free"}, published after {planned.PublishAfterMs} ms, " +
                $"sent {planned.SendAfterMs?.ToString(CultureInfo.InvariantCulture) ?? "0"} ms later{(planned.ResendUnknown ? string.Empty : ", nothing unknown is sent again")}");
        }

        foreach (var fault in Faults)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {fault}");
        }

        return text.ToString();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private List<PlannedEvent> PlanEvents(Random random)
    {
        List<PlannedEvent> events = [];
        var number = 0;
        for (var remaining = random.Next(3, 6); remaining > 0; remaining--)
        {
            var count = Scale * random.Next(200, 1_500);
            var audience = Audience.Plan(random, $"c{events.Count}", number, count, secondAttempts: random.NextDouble() * 0.02);
            events.Add(new PlannedEvent(
                audience, random.Next(4) == 0 ? null : random.Next(100, 400), random.Next(3) == 0 ? random.Next(3_000) : 0,
                random.Next(3) == 0 ? random.Next(1_000, 9_000) : null, ResendUnknown: random.Next(5) > 0));
            number += count;
        }

        return events;
    }

    private List<PlannedNodeFault> PlanFaults(Random random)
    {
        List<PlannedNodeFault> faults = [];
        for (var remaining = Scale * random.Next(4, 9); remaining > 0; remaining--)
        {
            // The gentle ones come first in their list.
            var kind = (NodeFault)random.Next((int)(IsGentle ? NodeFault.Cancel : NodeFault.CloseDatabase) + 1);
            if (kind is NodeFault.Cancel or NodeFault.Join && faults.Exists(fault => fault.Kind == kind))
            {
                kind = NodeFault.Stop;
            }

            var lease = (int)LeaseDuration.TotalMilliseconds;
            var lasts = kind switch
            {
                NodeFault.Freeze or NodeFault.CloseDatabase => random.Next(2) == 0 ? random.Next(50, lease / 2) : random.Next(lease, lease * 5 / 2),
                NodeFault.Kill or NodeFault.Stop => random.Next(2) == 0 ? 0 : random.Next(lease * 2),
                _ => 0,
            };
            faults.Add(new PlannedNodeFault(kind, random.Next(2) == 0 ? random.Next(300) : random.Next(300, 2_500), random.Next(8), lasts));
        }

        return faults;
    }
}
