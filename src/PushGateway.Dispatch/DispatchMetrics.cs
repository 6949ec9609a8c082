using System.Diagnostics.Metrics;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>What the dispatch counts. The only tags are small closed sets.</summary>
internal sealed class DispatchMetrics
{
    public const string MeterName = "PushGateway.Dispatch";

    private readonly Counter<long> _attempts;
    private readonly Counter<long> _heldBack;

    public DispatchMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(MeterName);
        _attempts = meter.CreateCounter<long>(
            "pushgateway.dispatch.attempts", unit: "{attempt}",
            description: "Attempts to hand a notification to a provider, by provider and kind: first or repeat.");
        _heldBack = meter.CreateCounter<long>(
            "pushgateway.dispatch.repeats.held_back", unit: "{attempt}",
            description: "Repeats that had to wait in the store because the retry budget, a quota or a pace did not allow them; each time anew.");
    }

    /// <summary>Shows every counter of the closed set as 0.</summary>
    public void Announce()
    {
        foreach (var provider in ProviderKinds.All)
        {
            var name = new KeyValuePair<string, object?>("provider", provider.Name());
            _attempts.Add(0, name, new("kind", "first"));
            _attempts.Add(0, name, new("kind", "repeat"));
            _heldBack.Add(0, name);
        }
    }

    public void Attempted(ProviderKind provider, int first, int repeats)
    {
        var name = new KeyValuePair<string, object?>("provider", provider.Name());
        if (first > 0)
        {
            _attempts.Add(first, name, new("kind", "first"));
        }

        if (repeats > 0)
        {
            _attempts.Add(repeats, name, new("kind", "repeat"));
        }
    }

    public void HeldBack(ProviderKind provider, int count)
    {
        if (count > 0)
        {
            _heldBack.Add(count, new KeyValuePair<string, object?>("provider", provider.Name()));
        }
    }
}
