using Microsoft.EntityFrameworkCore;
using Npgsql;
using PushGateway.Storage.PostgreSql.Engine;
using PushGateway.Storage.PostgreSql.Schema;

namespace PushGateway.Storage.PostgreSql;

/// <remarks>Several gateways may start at once: the migrations' own lock of the database lets them migrate one after another.</remarks>
internal sealed class PostgreSqlStoreMigrator(PostgreSqlDatabase database) : IStoreMigrator
{
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = database.OpenPlain();
            await using (connection.ConfigureAwait(false))
            {
                var context = new StoreDbContext(PostgreSqlStoreContext.Over(connection));
                await using (context.ConfigureAwait(false))
                {
                    var before = (await context.Database.GetAppliedMigrationsAsync(cancellationToken).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
                    if (before.IsSupersetOf(context.Database.GetMigrations()))
                    {
                        return [];
                    }

                    await context.Database.MigrateAsync(cancellationToken).ConfigureAwait(false);
                    return [.. context.Database.GetMigrations().Where(migration => !before.Contains(migration))];
                }
            }
        }
        catch (NpgsqlException problem)
        {
            // The server's answer names no password; the connection string, which does, is not repeated.
            throw new StoreNotOpenedException(
                $"{StorageOptions.SectionName}:{nameof(StorageOptions.ConnectionString)}: the store {database.Name} cannot be opened. {problem.Message}", problem);
        }
    }
}
