using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PushGateway.Storage.PostgreSql.Schema;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Tests;

public sealed class MigrationTwinTests
{
    /// <summary>The last one that SQLite had before PostgreSQL came; all up to it are one there.</summary>
    private const string BeforePostgreSql = "SavedAudiences";

    [Fact]
    public void Migrations_SincePostgreSqlCame_HaveTheSameNames()
    {
        var sqlite = Names(SqliteStoreContext.Over, new SqliteConnection("Data Source=:memory:"));
        var postgreSql = Names(PostgreSqlStoreContext.Over, new NpgsqlConnection("Host=localhost"));

        Assert.Equal("InitialSchema", postgreSql[0]);
        Assert.Contains(BeforePostgreSql, sqlite);
        Assert.Equal(sqlite.SkipWhile(name => name != BeforePostgreSql).Skip(1), postgreSql.Skip(1));
    }

    private static List<string> Names(Func<DbConnection, DbContextOptions<StoreDbContext>> over, DbConnection connection)
    {
        using (connection)
        {
            using var context = new StoreDbContext(over(connection));
            // Behind the time that they begin with.
            return [.. context.Database.GetMigrations().Select(static migration => migration[(migration.IndexOf('_', StringComparison.Ordinal) + 1)..])];
        }
    }
}
