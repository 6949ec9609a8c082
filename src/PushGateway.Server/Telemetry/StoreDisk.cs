using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using PushGateway.Storage;

namespace PushGateway.Server.Telemetry;

/// <summary>The disk that the store's file is on.</summary>
internal sealed class StoreDisk(IOptions<StorageOptions> options)
{
    /// <returns><see langword="null"/> for a store elsewhere, which has its disk elsewhere, and when it cannot be told.</returns>
    public DriveInfo? Find()
    {
        try
        {
            // Npgsql's string is none of SQLite's, and refused.
            var file = new SqliteConnectionStringBuilder(options.Value.ConnectionString).DataSource;
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is not { } folder)
            {
                return null;
            }

            return DriveInfo.GetDrives()
                .Where(drive => $"{folder}/".StartsWith($"{drive.RootDirectory.FullName.TrimEnd('/')}/", StringComparison.Ordinal))
                .OrderByDescending(drive => drive.RootDirectory.FullName.Length)
                .FirstOrDefault(drive => drive.IsReady);
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
