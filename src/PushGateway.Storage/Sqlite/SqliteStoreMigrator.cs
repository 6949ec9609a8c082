using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PushGateway.Storage.Sqlite.Engine;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Sqlite;

internal sealed class SqliteStoreMigrator(SqliteDatabase database, StoreLock storeLock, ILogger<SqliteStoreMigrator> logger) : IStoreMigrator
{
    // The migrations tool takes its lock as a row. A process that is killed while it migrates leaves the row behind, and every
    // later start would wait for it for ever. Whoever migrates holds the store's own lock, which is gone with its process: while it
    // is ours, a row is nobody's.
    private const string RemoveAbandonedLock = "DELETE FROM __EFMigrationsLock";

    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            database.CreateFolder();
            storeLock.Acquire();
            return await ApplyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StoreNotOpenedException(
                $"{StorageOptions.SectionName}:{nameof(StorageOptions.ConnectionString)}: the store {database.File} cannot be opened. {problem.Message}", problem);
        }
    }

    private async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken)
    {
        var connection = database.OpenWriterConnection();
        await using (connection.ConfigureAwait(false))
        {
            var context = new StoreDbContext(SqliteStoreContext.Over(connection));
            await using (context.ConfigureAwait(false))
            {
                var missing = (await context.Database.GetPendingMigrationsAsync(cancellationToken).ConfigureAwait(false)).ToList();
                if (missing.Count > 0)
                {
                    await RemoveLockAsync(connection, cancellationToken).ConfigureAwait(false);
                    await context.Database.MigrateAsync(cancellationToken).ConfigureAwait(false);
                }

                return missing;
            }
        }
    }

    private async Task RemoveLockAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE name = '__EFMigrationsLock'";
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not > 0L)
        {
            return;
        }

        command.CommandText = RemoveAbandonedLock;
        if (await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) > 0)
        {
            StorageLog.MigrationLockRemoved(logger);
        }
    }
}
