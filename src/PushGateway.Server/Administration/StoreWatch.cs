using PushGateway.Admin.Live;
using PushGateway.Server.Telemetry;
using PushGateway.Storage;

namespace PushGateway.Server.Administration;

/// <summary>What the readiness probe knows of the store, and how full its disk is.</summary>
internal sealed class StoreWatch(IStoreHealth health, StoreDisk storeDisk) : IStoreWatch
{
    public async Task<StoreReport> ReadAsync(CancellationToken cancellationToken)
    {
        var report = await health.CheckAsync(cancellationToken);
        var disk = storeDisk.Find();
        return new StoreReport(report.Problem, disk?.AvailableFreeSpace, disk?.TotalSize);
    }
}
