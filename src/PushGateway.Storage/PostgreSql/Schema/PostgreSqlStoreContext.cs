using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace PushGateway.Storage.PostgreSql.Schema;

/// <summary>The one way in which contexts over PostgreSQL are made: at run time, by the tests, and by the migrations tool.</summary>
internal static class PostgreSqlStoreContext
{
    public const string MigrationsAssembly = "PushGateway.Migrations.PostgreSql";

    /// <param name="connection">Stays the caller's: contexts neither close nor dispose it.</param>
    public static DbContextOptions<StoreDbContext> Over(DbConnection connection)
    {
        var builder = new DbContextOptionsBuilder<StoreDbContext>();
        // The driver's own strategy hides a lost connection in an InvalidOperationException, which nobody would take for one.
        builder.UseNpgsql(
            connection, npgsql => npgsql.MigrationsAssembly(MigrationsAssembly).ExecutionStrategy(static dependencies => new NonRetryingExecutionStrategy(dependencies)));
        return builder.Options;
    }
}
