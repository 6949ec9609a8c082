using Microsoft.EntityFrameworkCore;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class SchemaTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task Model_AgainstTheLastMigration_HasNoPendingChange()
    {
        await using var store = await OpenAsync();
        Assert.False(await store.Reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                return context.Database.HasPendingModelChanges();
            },
            Stop));
    }

    [Fact]
    public async Task MigrateAsync_Repeated_AppliesNothing()
    {
        await using var store = await OpenAsync();
        Assert.Empty(await store.Get<IStoreMigrator>().MigrateAsync(Stop));
        Assert.True((await store.Get<IStoreHealth>().CheckAsync(Stop)).IsReady);
    }

    [Fact]
    public async Task CheckAsync_MigrationMissing_IsNotReady()
    {
        await using var store = await OpenAsync();
        await store.Writer.RunAsync(session => session.Execute("DELETE FROM \"__EFMigrationsHistory\""), Stop);

        var report = await store.Get<IStoreHealth>().CheckAsync(Stop);

        Assert.False(report.IsReady);
        Assert.Contains("migrations", report.Problem, StringComparison.Ordinal);
    }
}
