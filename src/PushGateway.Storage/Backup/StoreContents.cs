using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace PushGateway.Storage.Backup;

/// <summary>Reads what a store holds, to compare a copy with what it was made of.</summary>
internal static class StoreContents
{
    /// <param name="transaction">Of the context's connection, or none.</param>
    /// <exception cref="StoreBackupException">No gateway has ever made its tables there, or one of another version.</exception>
    public static async Task<StoreContent> ReadAsync(StoreDbContext context, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        await context.Database.UseTransactionAsync(transaction, cancellationToken).ConfigureAwait(false);
        var applied = await context.Database.GetAppliedMigrationsAsync(cancellationToken).ConfigureAwait(false);
        var migration = applied.LastOrDefault() ?? throw new StoreBackupException("The store has no tables: no gateway has ever used it.");
        if (context.Database.GetMigrations().LastOrDefault() != migration)
        {
            // Its tables may not be those of the model.
            throw new StoreBackupException(
                $"The store is of another version (its last migration is {migration}): use the pushgateway of that version, or migrate it first.");
        }

        return new StoreContent(migration, await CountAsync(context, transaction, Tables(context.Model), cancellationToken).ConfigureAwait(false));
    }

    /// <exception cref="StoreBackupException">This version does not know the copy's migrations: the store would be of no use to it.</exception>
    public static void RequireKnown(StoreDbContext context, StoreContent content)
    {
        if (!context.Database.GetMigrations().Contains(content.Migration))
        {
            throw new StoreBackupException($"The backup is of a newer version: this one does not know migration {content.Migration}.");
        }
    }

    /// <summary>Compares a copy, which may be of an older version, with what it is known to hold.</summary>
    /// <exception cref="StoreBackupException">They differ; the message says where.</exception>
    public static async Task RequireAsync(StoreDbContext context, StoreContent expected, CancellationToken cancellationToken)
    {
        var tables = expected.Rows.Keys.Where(table => table.All(char.IsAsciiLetterOrDigit));
        var found = await CountAsync(context, null, tables, cancellationToken).ConfigureAwait(false);
        foreach (var (table, rows) in expected.Rows)
        {
            var there = found.GetValueOrDefault(table);
            if (there != rows)
            {
                throw new StoreBackupException(string.Create(CultureInfo.InvariantCulture, $"The backup does not hold what it should: {there} rows in {table}, not {rows}."));
            }
        }
    }

    private static async Task<SortedDictionary<string, long>> CountAsync(
        StoreDbContext context, DbTransaction? transaction, IEnumerable<string> tables, CancellationToken cancellationToken)
    {
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in tables)
        {
            rows[table] = await CountAsync(context.Database.GetDbConnection(), transaction, table, cancellationToken).ConfigureAwait(false);
        }

        return rows;
    }

    private static IEnumerable<string> Tables(IModel model) => model.GetEntityTypes().Select(entity => entity.GetTableName()).OfType<string>().Distinct();

    private static async Task<long> CountAsync(DbConnection connection, DbTransaction? transaction, string table, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            // As long as the table is: nothing here is in a hurry.
            command.CommandTimeout = 0;
#pragma warning disable CA2100 // Names of the model.
            command.CommandText = $"SELECT count(*) FROM \"{table}\"";
#pragma warning restore CA2100
            return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }
}
