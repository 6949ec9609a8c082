using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PushGateway.Storage.Sqlite.Engine;

namespace PushGateway.Storage.Sqlite;

internal sealed class SqliteStoreHealth(ReadPool reads, StoreWriter writer) : IStoreHealth
{
    public async Task<StoreHealthReport> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var missing = await reads.ReadAsync(
                static session =>
                {
                    using var context = session.CreateContext();
                    return context.Database.GetPendingMigrations().Count();
                },
                cancellationToken).ConfigureAwait(false);
            if (missing > 0)
            {
                return new StoreHealthReport(false, $"{missing} migrations are not applied.");
            }

            return writer.LastFailure is { } failure
                ? new StoreHealthReport(false, $"The last commit failed: {failure}")
                : new StoreHealthReport(true, null);
        }
        catch (Exception problem) when (problem is SqliteException or ObjectDisposedException)
        {
            return new StoreHealthReport(false, $"The store cannot be read: {problem.Message}");
        }
    }
}
