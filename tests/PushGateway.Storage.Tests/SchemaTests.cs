using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public sealed class SchemaTests
{
    [Fact]
    public async Task Model_AgainstTheLastMigration_HasNoPendingChange()
    {
        await using var store = await TestStore.OpenAsync();
        Assert.False(await store.Reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                return context.Database.HasPendingModelChanges();
            },
            Stop));
    }

    [Theory]
    [InlineData("Devices", true)]
    [InlineData("Subscriptions", true)]
    [InlineData("OutcomePages", true)]
    [InlineData("Waits", true)]
    [InlineData("DailyCharges", true)]
    [InlineData("Events", false)]
    public async Task Table_AfterMigration_IsClusteredAsTheModelSays(string table, bool isClustered)
    {
        await using var store = await TestStore.OpenAsync();
        var sql = await store.Reads.ReadAsync(
            session =>
            {
                using var command = ((SqliteConnection)session.Connection).CreateCommand();
                command.CommandText = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = $name";
                command.Parameters.AddWithValue("$name", table);
                return (string)command.ExecuteScalar()!;
            },
            Stop);
        Assert.Equal(isClustered, sql.TrimEnd().EndsWith("WITHOUT ROWID", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MigrateAsync_Repeated_AppliesNothing()
    {
        await using var store = await TestStore.OpenAsync();
        Assert.Empty(await store.Get<IStoreMigrator>().MigrateAsync(Stop));
        Assert.True((await store.Get<IStoreHealth>().CheckAsync(Stop)).IsReady);
    }

    [Theory]
    [InlineData("'2020-01-01 00:00:00+00:00'")]
    [InlineData("strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')")]
    public async Task MigrateAsync_LockLeftBehind_StillMigrates(string takenAt)
    {
        // As a process leaves it that dies in its first migration, and as the next one finds it, which a service manager starts at once.
        await using var store = await TestStore.OpenAsync(prepare: file =>
        {
            using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this test.
            command.CommandText =
                "CREATE TABLE __EFMigrationsLock (Id INTEGER NOT NULL CONSTRAINT PK___EFMigrationsLock PRIMARY KEY, Timestamp TEXT NOT NULL); " +
                $"INSERT INTO __EFMigrationsLock VALUES (1, {takenAt})";
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        });

        Assert.True((await store.Get<IStoreHealth>().CheckAsync(Stop)).IsReady);
    }

    [Fact]
    public async Task CheckAsync_MigrationMissing_IsNotReady()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Writer.RunAsync(session => session.Execute("DELETE FROM __EFMigrationsHistory"), Stop);

        var report = await store.Get<IStoreHealth>().CheckAsync(Stop);

        Assert.False(report.IsReady);
        Assert.Contains("migrations", report.Problem, StringComparison.Ordinal);
    }
}
