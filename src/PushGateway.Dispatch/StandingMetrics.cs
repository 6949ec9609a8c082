using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>What alerts ask about: outcomes, events that stand still, closed gates, quotas. A hosted service, so that it is there from the start.</summary>
/// <remarks>Apps, events and projects are not told apart, because there may be any number of them: the worst of them is shown, and how many there are.</remarks>
internal sealed class StandingMetrics : IHostedService
{
    public const string MeterName = "PushGateway.Dispatch";

    private readonly DispatchMetrics _counts;
    private readonly FeedbackMetrics _feedback;

    /// <param name="meters">Disposes of the meter in the end.</param>
    public StandingMetrics(
        IMeterFactory meters, FanOutSchedule schedule, ProviderGates gates, QuotaPaces quotas, IOutcomeTotals totals, DispatchMetrics counts, FeedbackMetrics feedback,
        TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(meters);
        (_counts, _feedback) = (counts, feedback);
        var meter = meters.Create(MeterName);
        meter.CreateObservableCounter(
            "pushgateway.dispatch.outcomes", () => Outcomes(totals), "{notification}", "Final outcomes recorded since the start, by provider and outcome.");
        meter.CreateObservableGauge(
            "pushgateway.dispatch.stalled", () => schedule.StandsSince(timeProvider.GetUtcNow()) is { } since ? Age(since, timeProvider) : 0, "s",
            "How long the event that has waited longest has had no outcome although it could have; 0 when all come on. A stopped provider and a pace count as standing.");
        meter.CreateObservableGauge(
            "pushgateway.providers", () => Gates(gates), "{app}", "Ways to a provider, one for each app that has used it since the start, by state: running, backing_off or stopped.");
        meter.CreateObservableGauge("pushgateway.quota.used", () => quotas.Usage().Sum(static quota => quota.Used), "{message}", "Messages that count against the quotas of all FCM projects in use at present, those under way included.");
        meter.CreateObservableGauge("pushgateway.quota.allowed", () => quotas.Usage().Sum(static quota => quota.Allowed), "{message}", "Messages a minute that the quotas of all FCM projects in use allow.");
        meter.CreateObservableGauge(
            "pushgateway.quota.utilization", () => quotas.Usage().Select(static quota => (double)quota.Used / quota.Allowed).DefaultIfEmpty(0).Max(), "1",
            "The share of its quota that the FCM project nearest to it uses, 0 to 1.");
    }

    /// <summary>Counters begin at 0: one that is there only after the first time would hide that time from whoever asks for the increase.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _counts.Announce();
        _feedback.Announce();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static double Age(DateTimeOffset since, TimeProvider timeProvider) => Math.Max(0, (timeProvider.GetUtcNow() - since).TotalSeconds);

    private static IEnumerable<Measurement<long>> Outcomes(IOutcomeTotals totals)
    {
        foreach (var provider in ProviderKinds.All)
        {
            var counts = totals.Of(provider);
            yield return Of(ReceiptOutcome.Accepted, counts.Accepted);
            yield return Of(ReceiptOutcome.Unregistered, counts.Unregistered);
            yield return Of(ReceiptOutcome.Rejected, counts.Rejected);
            yield return Of(ReceiptOutcome.Expired, counts.Expired);
            yield return Of(ReceiptOutcome.Cancelled, counts.Cancelled);
            yield return Of(ReceiptOutcome.Suppressed, counts.Suppressed);
            yield return Of(ReceiptOutcome.Live, counts.Live);

            Measurement<long> Of(ReceiptOutcome outcome, long count) => new(count, new("provider", provider.Name()), new("outcome", outcome.Name()));
        }
    }

    private static IEnumerable<Measurement<int>> Gates(ProviderGates gates)
    {
        foreach (var provider in ProviderKinds.All)
        {
            foreach (var (state, name) in s_states)
            {
                yield return new Measurement<int>(gates.Count(provider, state), new("provider", provider.Name()), new("state", name));
            }
        }
    }

    private static readonly (ProviderState State, string Name)[] s_states =
        [(ProviderState.Running, "running"), (ProviderState.BackingOff, "backing_off"), (ProviderState.Stopped, "stopped")];
}
