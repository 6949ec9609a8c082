using Microsoft.Data.Sqlite;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public sealed class SqliteSchemaTests
{
    [Theory]
    [InlineData("Devices", true)]
    [InlineData("Subscriptions", true)]
    [InlineData("OutcomePages", true)]
    [InlineData("Waits", true)]
    [InlineData("DailyCharges", true)]
    [InlineData("Events", false)]
    public async Task Table_AfterMigration_IsClusteredAsTheModelSays(string table, bool isClustered)
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite);
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

    [Theory]
    [InlineData("'2020-01-01 00:00:00+00:00'")]
    [InlineData("strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')")]
    public async Task MigrateAsync_LockLeftBehind_StillMigrates(string takenAt)
    {
        // As a process leaves it that dies in its first migration, and as the next one finds it, which a service manager starts at once.
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite, prepare: async connectionString =>
        {
            await using var connection = new SqliteConnection($"{connectionString};Pooling=False");
            Directory.CreateDirectory(Path.GetDirectoryName(connection.DataSource)!);
            await connection.OpenAsync(Stop);
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this test.
            command.CommandText =
                "CREATE TABLE __EFMigrationsLock (Id INTEGER NOT NULL CONSTRAINT PK___EFMigrationsLock PRIMARY KEY, Timestamp TEXT NOT NULL); " +
                $"INSERT INTO __EFMigrationsLock VALUES (1, {takenAt})";
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(Stop);
        });

        Assert.True((await store.Get<IStoreHealth>().CheckAsync(Stop)).IsReady);
    }
}
