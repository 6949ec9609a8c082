using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PushGateway.Dispatch;

/// <summary>What <c>/metrics</c> shows of the pages in flight, and of what a crash could repeat. A hosted service, so that it is there from the start.</summary>
internal sealed class InFlightMetrics : IHostedService
{
    public const string MeterName = "PushGateway.Dispatch";

    /// <param name="meters">Disposes of the meter in the end.</param>
    public InFlightMetrics(IMeterFactory meters, FanOutWorker worker, FanOutSchedule schedule, IOptions<DispatchOptions> options)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        var bound = options.Value.ResendBound;
        meter.CreateObservableGauge(
            "pushgateway.dispatch.resend_bound_devices", () => bound, "{device}", "The most devices that a crash now or later can have sent to twice, by the settings.");
        meter.CreateObservableGauge(
            "pushgateway.dispatch.in_flight_devices", () => worker.DevicesInFlight, "{device}", "Devices read and not yet recorded: what a crash at this instant could repeat.");
        meter.CreateObservableGauge("pushgateway.dispatch.in_flight_pages", () => worker.PagesInFlight, "{page}", "Pages read and not yet recorded.");
        meter.CreateObservableGauge("pushgateway.dispatch.active_events", () => schedule.Count, "{event}", "Events held in memory.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
