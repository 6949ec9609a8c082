using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.Simulator;

namespace PushGateway.Server.Cli.Demo;

/// <summary>One thing that must be so.</summary>
/// <param name="Found">The figures it rests on.</param>
internal sealed record DemoCheck(string Name, bool Passed, string Found);

/// <summary>Compares what the gateway says, what the simulated providers saw, and what the audience is known to be.</summary>
internal sealed class DemoChecks(DemoAudience audience, PushGatewayAppClient app, SimulatorProcess simulator)
{
    private const int ReceiptsAtATime = 1000;

    private readonly List<DemoCheck> _results = [];

    public IReadOnlyList<DemoCheck> Results => _results;

    public bool Passed => _results.TrueForAll(check => check.Passed);

    /// <summary>The gateway's own account.</summary>
    public void CheckAccount(EventInfo info)
    {
        var counts = info.Counts;
        Add("The event completed", info.State == "completed", info.State);
        Add("Nothing is pending", counts.Pending == 0, $"{counts.Pending:N0} pending");
        Add("The account adds up, in all and for each provider", info.Providers.Values.Select(account => account.Counts).Append(counts).All(AddsUp),
            $"{counts.Targeted:N0} = {counts.Accepted:N0} + {counts.Live:N0} + {counts.Unregistered:N0} + {counts.Rejected:N0} + {counts.Expired:N0} + {counts.Cancelled:N0} + {counts.Suppressed:N0}");
        Add("Every device was targeted", counts.Targeted == audience.Count, $"{counts.Targeted:N0} of {audience.Count:N0}");
        Add("Every good device was accepted", counts.Accepted == audience.Good, $"{counts.Accepted:N0} of {audience.Good:N0}");
        Add("Every dead device was recognised", counts.Unregistered == audience.Unregistered, $"{counts.Unregistered:N0} of {audience.Unregistered:N0}");
        Add("Devices turned away were tried again", info.Attempts >= audience.Count + audience.TurnedAway,
            $"{info.Attempts:N0} attempts for {audience.Count:N0} devices, {audience.TurnedAway:N0} turned away once");
    }

    /// <summary>The providers' side, which the gateway cannot embellish.</summary>
    public void CheckProviders(SimulatorCounters counters) => Add(
        "The providers accepted each good token exactly once",
        counters.DistinctAccepted == audience.Good && counters.Accepted == audience.Good && counters.AcceptedMoreThanOnce == 0,
        $"{counters.DistinctAccepted:N0} tokens, {counters.AcceptedMoreThanOnce:N0} of them more than once");

    /// <summary>A receipt for each dead device, which is a device no more.</summary>
    public async Task CheckReceiptsAsync(string eventId, CancellationToken cancellationToken)
    {
        var devices = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await app.ListReceiptsAsync(eventId, "unregistered", ReceiptsAtATime, cursor, cancellationToken);
            devices.UnionWith(page.Items.Select(receipt => receipt.Device));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Add("There is a receipt for every dead device", devices.Count == audience.Unregistered, $"{devices.Count:N0} receipts");
        if (devices.FirstOrDefault() is { } dead)
        {
            Add("Dead devices were removed", await app.FindDeviceAsync(dead, cancellationToken) is null, $"looked for {dead}");
        }
    }

    /// <summary>The same publish again begins nothing.</summary>
    public async Task CheckReplayAsync(
        string eventId, SimulatorCounters before, Func<Task<PublishedEvent>> publishAgain, CancellationToken cancellationToken)
    {
        var again = await publishAgain();
        Add("Publishing again under the same key is answered with the same event", again.Replayed && again.Event.Id == eventId,
            again.Replayed ? "replayed" : "published anew");
        var events = await app.ListEventsAsync(null, cancellationToken);
        var after = await simulator.ReadCountersAsync(cancellationToken);
        Add("and sent nothing", events.Items.Count == 1 && after.Accepted == before.Accepted,
            $"{events.Items.Count:N0} event, {after.Accepted - before.Accepted:N0} more accepted");
    }

    private void Add(string name, bool passed, string found) => _results.Add(new DemoCheck(name, passed, found));

    private static bool AddsUp(EventCounts counts) =>
        counts.Targeted == counts.Accepted + counts.Live + counts.Unregistered + counts.Rejected + counts.Expired + counts.Cancelled + counts.Suppressed +
            counts.Pending;
}
