using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using PushGateway.Admin.Live;
using PushGateway.Storage;

namespace PushGateway.Server.Administration;

/// <summary>What the readiness probe knows of the store, and how full its disk is.</summary>
internal sealed class StoreWatch(IStoreHealth health, IOptions<StorageOptions> options) : IStoreWatch
{
    public async Task<StoreReport> ReadAsync(CancellationToken cancellationToken)
    {
        var report = await health.CheckAsync(cancellationToken);
        var disk = FindDisk();
        return new StoreReport(report.Problem, disk?.AvailableFreeSpace, disk?.TotalSize);
    }

    private DriveInfo? FindDisk()
    {
        try
        {
            // A store elsewhere has its disk elsewhere.
            var file = new SqliteConnectionStringBuilder(options.Value.ConnectionString).DataSource;
            var folder = Path.GetDirectoryName(Path.GetFullPath(file));
            return DriveInfo.GetDrives()
                .Where(drive => drive.IsReady && folder?.StartsWith(drive.RootDirectory.FullName, StringComparison.Ordinal) == true)
                .MaxBy(drive => drive.RootDirectory.FullName.Length);
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
