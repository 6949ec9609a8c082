using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Sqlite.Engine;

/// <summary>Opens connections to the database file, each with the settings that its use asks for.</summary>
internal sealed class SqliteDatabase(IOptions<StorageOptions> options) : StoreDatabase
{
    private readonly StorageOptions _options = options.Value;

    public string File => new SqliteConnectionStringBuilder(_options.ConnectionString).DataSource;

    public override string Name => File;

    // Another gateway is kept away by StoreLock.
    public override bool IsShared => false;

    public override bool IsUnavailable(Exception problem) => SqliteErrors.IsUnavailable(problem);

    public override bool IsBusy(Exception problem) => SqliteErrors.IsBusy(problem);

    public override StoreConnection OpenWriter() => new SqliteStoreConnection(OpenWriterConnection());

    public override StoreConnection OpenReader() => new SqliteStoreConnection(Open(
        SqliteOpenMode.ReadOnly, $"PRAGMA query_only=ON; PRAGMA cache_size=-{_options.ReaderCacheKiB};"));

    public void CreateFolder()
    {
        if (Path.GetDirectoryName(Path.GetFullPath(File)) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }
    }

    /// <summary>WAL with <c>synchronous=FULL</c>: what has been committed survives the loss of power.</summary>
    public SqliteConnection OpenWriterConnection() => Open(
        SqliteOpenMode.ReadWriteCreate,
        // What a savepoint keeps for its undoing stays in memory: as much as the change itself, which is bounded.
        $"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{_options.WriterCacheKiB}; " +
        $"PRAGMA wal_autocheckpoint={_options.CheckpointPages}; PRAGMA journal_size_limit={_options.CheckpointPages * 4096L};");

    private SqliteConnection Open(SqliteOpenMode mode, string pragmas)
    {
        var settings = new SqliteConnectionStringBuilder(_options.ConnectionString)
        {
            Mode = mode,
            // Kept here, with their prepared statements: a pool underneath would only hide open files.
            Pooling = false,
            // The relations are kept by the hand-written SQL, in the same transactions.
            ForeignKeys = false,
            DefaultTimeout = Math.Max(1, (int)_options.BusyTimeout.TotalSeconds),
        };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers from validated options.
            command.CommandText = string.Create(
                CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={(int)_options.BusyTimeout.TotalMilliseconds}; {pragmas}");
#pragma warning restore CA2100
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
