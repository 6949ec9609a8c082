using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace PushGateway.Storage.Sqlite.Schema;

/// <summary>The one way in which contexts over SQLite are made: at run time, by the tests, and by the migrations tool.</summary>
internal static class SqliteStoreContext
{
    public const string MigrationsAssembly = "PushGateway.Migrations.Sqlite";

    /// <param name="connection">Stays the caller's: contexts neither close nor dispose it.</param>
    public static DbContextOptions<StoreDbContext> Over(DbConnection connection)
    {
        var builder = new DbContextOptionsBuilder<StoreDbContext>();
        builder
            .UseSqlite(connection, sqlite => sqlite.MigrationsAssembly(MigrationsAssembly))
            .ReplaceService<IRelationalAnnotationProvider, StoreAnnotationProvider>()
            .ReplaceService<IMigrationsSqlGenerator, StoreMigrationsSqlGenerator>();
        return builder.Options;
    }
}
