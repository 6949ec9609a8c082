using System.Diagnostics.Metrics;
using PushGateway.Core.Devices;
using PushGateway.Live;

namespace PushGateway.Server.Telemetry;

/// <summary>Which version runs, and how full the disk of its store is. A hosted service, so that it is there from the start.</summary>
internal sealed class ProcessMetrics : IHostedService
{
    private const string MeterName = "PushGateway.Server";

    private readonly LiveMetrics _live;

    /// <param name="meters">Disposes of the meter in the end.</param>
    public ProcessMetrics(IMeterFactory meters, StoreDisk disk, LiveMetrics live, IDeviceExpiry expiry)
    {
        _live = live;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "pushgateway.build.info", static () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", GatewayTelemetry.Version)), null,
            "1, with the version that runs.");
        meter.CreateObservableCounter(
            "pushgateway.devices.expired", () => expiry.Removed, "{device}", "Devices removed because they had not registered for longer than PushGateway:Storage:DeviceExpiry.");
        meter.CreateObservableGauge("pushgateway.store.disk.free", () => Measure(disk.Find()?.AvailableFreeSpace), "By", "Free space where the store's file is; not there for PostgreSQL.");
        meter.CreateObservableGauge("pushgateway.store.disk.size", () => Measure(disk.Find()?.TotalSize), "By", "Size of the disk where the store's file is; not there for PostgreSQL.");
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _live.Announce();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static Measurement<long>[] Measure(long? bytes) => bytes is { } known ? [new Measurement<long>(known)] : [];
}
