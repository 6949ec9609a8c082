using System.Diagnostics.Metrics;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch;

/// <summary>What is measured of removals and webhooks. Apps are not told apart: there may be many, and the names of a metric stay.</summary>
internal sealed class FeedbackMetrics : IDisposable
{
    public const string MeterName = "PushGateway.Feedback";

    private static readonly string[] s_actions = ["removed", "quarantined", "held"];

    private readonly Counter<long> _removals;
    private readonly Counter<long> _requests;

    public Meter Meter { get; } = new(MeterName);

    public FeedbackMetrics(IRemovalStore removals, IWebhookStore webhooks)
    {
        _removals = Meter.CreateCounter<long>(
            "pushgateway.removals", "{device}", "Devices that a provider refused, by what was decided about them when their page was judged: removed, quarantined or held.");
        _requests = Meter.CreateCounter<long>("pushgateway.webhooks.requests", "{request}", "Requests to webhooks, by result: taken or failed.");
        Meter.CreateObservableGauge(
            "pushgateway.removals.holds", () => removals.ListHeld().Count, "{provider}", "Providers of apps whose removals are held until somebody decides.");
        Meter.CreateObservableGauge(
            "pushgateway.webhooks.parked", () => webhooks.ListAll().Count(webhook => webhook is { IsEnabled: true, ParkedAt: not null }), "{webhook}",
            "Webhooks that have not answered for long and are tried now and then only.");
    }

    /// <summary>Shows every counter of the closed set as 0.</summary>
    public void Announce()
    {
        foreach (var provider in ProviderKinds.All)
        {
            foreach (var action in s_actions)
            {
                _removals.Add(0, new KeyValuePair<string, object?>("provider", provider.Name()), new KeyValuePair<string, object?>("action", action));
            }
        }

        _requests.Add(0, new KeyValuePair<string, object?>("result", "taken"));
        _requests.Add(0, new KeyValuePair<string, object?>("result", "failed"));
    }

    public void CountRemovals(ProviderKind provider, string action, int count)
    {
        if (count > 0)
        {
            _removals.Add(count, new KeyValuePair<string, object?>("provider", provider.Name()), new KeyValuePair<string, object?>("action", action));
        }
    }

    public void CountRequest(bool taken) => _requests.Add(1, new KeyValuePair<string, object?>("result", taken ? "taken" : "failed"));

    public void Dispose() => Meter.Dispose();
}
