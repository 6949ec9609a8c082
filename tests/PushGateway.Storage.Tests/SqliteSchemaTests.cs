using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Sqlite.Schema;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public sealed class SqliteSchemaTests
{
    [Theory]
    [InlineData("Devices", true)]
    [InlineData("Subscriptions", true)]
    [InlineData("OutcomePages", false)]
    [InlineData("Waits", true)]
    [InlineData("WaitingFeedback", false)]
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

    [Fact]
    public async Task MigrateAsync_StoreWithReceiptsOfBefore_KeepsThem()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite, prepare: async connectionString =>
        {
            await using var connection = new SqliteConnection($"{connectionString};Pooling=False");
            Directory.CreateDirectory(Path.GetDirectoryName(connection.DataSource)!);
            await connection.OpenAsync(Stop);
            await using var context = new StoreDbContext(SqliteStoreContext.Over(connection));
            await context.GetService<IMigrator>().MigrateAsync("SoonestEvents", Stop);
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO OutcomePages VALUES (3, 7, 1, 100, NULL, 5, x'0102'), (3, 7, 2, 200, 150, 6, x'03')";
            await command.ExecuteNonQueryAsync(Stop);
        });

        var rows = await store.Reads.ReadAsync(
            session => (Count: session.Statement("SELECT count(*) FROM OutcomePages").ScalarInt64(), Accepted: session.Statement("SELECT sum(Accepted) FROM OutcomePages").ScalarInt64(),
                First: session.Statement("SELECT FirstAcceptedAtMs FROM OutcomePages WHERE Shard = 3 AND EventKey = 7 AND PageNumber = 2 AND Receipts = x'03'").ScalarInt64(),
                Before: session.Statement("SELECT count(*) FROM sqlite_master WHERE name = 'OutcomePagesBefore'").ScalarInt64()),
            Stop);
        Assert.Equal((2L, 11L, 150L, 0L), rows);
    }

    [Fact]
    public async Task MigrateAsync_StoreWithFeedbackAndWaitsOfBefore_KeepsThem()
    {
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite, prepare: async connectionString =>
        {
            await using var connection = new SqliteConnection($"{connectionString};Pooling=False");
            Directory.CreateDirectory(Path.GetDirectoryName(connection.DataSource)!);
            await connection.OpenAsync(Stop);
            await using var context = new StoreDbContext(SqliteStoreContext.Over(connection));
            await context.GetService<IMigrator>().MigrateAsync("ReceiptsInOrder", Stop);
            await using var command = connection.CreateCommand();
            // Recorded when the store's clock begins: what is older is applied at once.
            command.CommandText =
                "INSERT INTO WaitingFeedback (FeedbackKey, AppKey, EventKey, Shard, RecordedAtMs, Items) VALUES (5, 1, 7, 3, 1767323045678, x'5B5D'), (6, 2, 8, 3, 1767323045678, x'5B5D'); " +
                "INSERT INTO Waits (Shard, EventKey, DueAtMs, Number, Provider, Taken, Devices) VALUES (3, 7, 100, 1, 0, 0, x'0100')";
            await command.ExecuteNonQueryAsync(Stop);
        });

        var rows = await store.Reads.ReadAsync(
            session => (OfEvent: session.Statement("SELECT FeedbackKey FROM WaitingFeedback WHERE EventKey = 8").ScalarInt64(),
                Keys: session.Statement("SELECT sum(FeedbackKey) FROM WaitingFeedback").ScalarInt64(),
                Indexes: session.Statement("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'WaitingFeedback'").ScalarInt64(),
                Times: session.Statement("SELECT count(*) FROM Waits WHERE Attempts IS NULL AND DueAtMs = 100").ScalarInt64(),
                Before: session.Statement("SELECT count(*) FROM sqlite_master WHERE name = 'WaitingFeedbackBefore'").ScalarInt64()),
            Stop);
        Assert.Equal((6L, 11L, 2L, 1L, 0L), rows);
    }

    /// <summary>What is promised of the history of a large event; a page's row that overflows takes more than twice as much.</summary>
    [Fact]
    public async Task OutcomePages_OfAThousandDevicesEach_TakeAtMostFourBytesADevice()
    {
        const int Pages = 256;
        const int Devices = 1_000;
        await using var store = await TestStore.OpenAsync(TestDatabase.Sqlite);
        var before = await SizeAsync(store);

        await store.Writer.RunAsync(
            session =>
            {
                for (var page = 0; page < Pages; page++)
                {
                    var receipts = new ReceiptBlob.Writer();
                    for (var device = 0; device < Devices; device++)
                    {
                        // As keys are when each subscriber has one or two devices: those of a shard are far apart.
                        receipts.Add(1 + (page * Devices * 96L) + (device * 96L) + (device % 3), (ProviderKind)(device % 2), ReceiptOutcome.Accepted, null);
                    }

                    session.Statement("INSERT INTO OutcomePages (Shard, EventKey, PageNumber, RecordedAtMs, Accepted, Receipts) VALUES (?1, 1, ?2, 1, 1000, ?3)")
                        .Bind(1, page % 64).Bind(2, page / 64).BindBlob(3, receipts.Write()).Execute();
                }

                return 0;
            },
            Stop);

        Assert.InRange((await SizeAsync(store) - before) / (double)(Pages * Devices), 1, 4);
    }

    private static ValueTask<long> SizeAsync(TestStore store) => store.Reads.ReadAsync(
        session => session.Statement("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").ScalarInt64() ?? 0, Stop);
}
