using Microsoft.Data.Sqlite;
using PushGateway.Storage.Sqlite.Engine;
using PushGateway.Storage.Sqlite.Schema;

namespace PushGateway.Storage.Backup;

/// <summary>SQLite's online backup: all pages in one reading transaction, beside which the gateway goes on writing.</summary>
internal sealed class SqliteStoreBackup(SqliteDatabase database) : IStoreBackup
{
    public string Provider => StorageOptions.Sqlite;

    public string FileName => "pushgateway.db";

    public async Task<StoreContent> CopyToAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(database.File))
        {
            throw new StoreBackupException($"There is no store {database.File} ({StorageOptions.SectionName}:{nameof(StorageOptions.ConnectionString)}).");
        }

        try
        {
            await Task.Run(() => Copy(file), cancellationToken).ConfigureAwait(false);
            return await OpenCheckedAsync(file, context => StoreContents.ReadAsync(context, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException problem)
        {
            throw new StoreBackupException($"The store {database.File} cannot be copied to {file}. {problem.Message}", problem);
        }
    }

    public Task RequireEmptyAsync(CancellationToken cancellationToken)
    {
        // A log without its database belongs to one that was moved away, and would be taken for the restored one's.
        foreach (var file in (string[])[database.File, database.File + "-wal", database.File + "-shm"])
        {
            if (File.Exists(file))
            {
                throw new StoreBackupException($"{file} is there already, and nothing is overwritten: stop the gateway and move its store away.");
            }
        }

        return Task.CompletedTask;
    }

    public async Task RestoreAsync(string file, StoreContent expected, CancellationToken cancellationToken)
    {
        await RequireEmptyAsync(cancellationToken).ConfigureAwait(false);
        database.CreateFolder();
        var unfinished = database.File + ".restoring";
        try
        {
            File.Copy(file, unfinished, overwrite: true);
            await OpenCheckedAsync(
                unfinished,
                async context =>
                {
                    StoreContents.RequireKnown(context, expected);
                    await StoreContents.RequireAsync(context, expected, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            File.Move(unfinished, database.File, overwrite: false);
        }
        catch (SqliteException problem)
        {
            throw new StoreBackupException($"{file} cannot be restored to {database.File}. {problem.Message}", problem);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private void Copy(string file)
    {
        using var source = Open(database.File, SqliteOpenMode.ReadWrite);
        using var target = Open(file, SqliteOpenMode.ReadWriteCreate);
        source.BackupDatabase(target);
        // One file, which can be moved and looked at alone. The gateway switches back to its log when it opens it.
        using var command = target.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=DELETE";
        command.ExecuteNonQuery();
    }

    private static async Task<T> OpenCheckedAsync<T>(string file, Func<StoreDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        var connection = Open(file, SqliteOpenMode.ReadWrite);
        await using (connection.ConfigureAwait(false))
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check(1)";
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not "ok" and var problem)
            {
                throw new StoreBackupException($"{file} is damaged: {problem}.");
            }

            var context = new StoreDbContext(SqliteStoreContext.Over(connection));
            await using (context.ConfigureAwait(false))
            {
                return await read(context).ConfigureAwait(false);
            }
        }
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = 30 }.ToString());
        connection.Open();
        return connection;
    }
}
