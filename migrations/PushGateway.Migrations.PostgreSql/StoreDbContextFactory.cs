using Microsoft.EntityFrameworkCore.Design;
using Npgsql;
using PushGateway.Storage;
using PushGateway.Storage.PostgreSql.Schema;

namespace PushGateway.Migrations.PostgreSql;

/// <summary>Makes the context for the migrations tool, which compares models and opens no database.</summary>
internal sealed class StoreDbContextFactory : IDesignTimeDbContextFactory<StoreDbContext>
{
    public StoreDbContext CreateDbContext(string[] args) => new(PostgreSqlStoreContext.Over(new NpgsqlConnection("Host=localhost")));
}
