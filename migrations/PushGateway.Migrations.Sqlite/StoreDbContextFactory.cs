using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Design;
using PushGateway.Storage;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Migrations.Sqlite;

/// <summary>Makes the context for the migrations tool, which compares models and opens no database.</summary>
internal sealed class StoreDbContextFactory : IDesignTimeDbContextFactory<StoreDbContext>
{
    public StoreDbContext CreateDbContext(string[] args) => new(SqliteStoreContext.Over(new SqliteConnection("Data Source=:memory:")));
}
