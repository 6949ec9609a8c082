using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PushGateway.Storage.Sqlite.Schema;
using SQLitePCL;

namespace PushGateway.Storage.Sqlite.Engine;

/// <summary>One open connection with its prepared statements. Used by one caller at a time.</summary>
internal class SqliteSession : IDisposable
{
    // By reference: every SQL text is a constant or kept by its owner, so the number of statements is bounded, and hashing a long
    // text on every use would cost more than some of the statements do.
    private readonly Dictionary<string, SqliteStatement> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly List<SqliteStatement> _used = [];
    private readonly sqlite3 _handle;
    private DbContextOptions<StoreDbContext>? _contextOptions;

    /// <param name="connection">Open; disposed with the session.</param>
    public SqliteSession(SqliteConnection connection)
    {
        Connection = connection;
        _handle = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
    }

    public SqliteConnection Connection { get; }

    /// <summary>Whether a transaction is open: some errors make SQLite end it by itself.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>The prepared statement, ready for its parameters; whoever used it before must have finished.</summary>
    /// <param name="sql">A constant, or a text that its owner keeps: it is recognized by reference.</param>
    public SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements[sql] = statement = new SqliteStatement(_handle, sql);
        }
        else
        {
            statement.Reset();
        }

        if (!statement.IsHandedOut)
        {
            statement.IsHandedOut = true;
            _used.Add(statement);
        }

        return statement;
    }

    /// <summary>Ends every read that is still open, also after an exception in the middle of one.</summary>
    public void EndReads()
    {
        foreach (var statement in _used)
        {
            statement.IsHandedOut = false;
            statement.Reset();
        }

        _used.Clear();
    }

    /// <summary>Runs rare SQL without keeping it prepared.</summary>
    public void Execute(string sql)
    {
        using var command = Connection.CreateCommand();
#pragma warning disable CA2100 // Only constants and numbers of ours get here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>A context over this connection, inside whatever transaction it has open.</summary>
    public StoreDbContext CreateContext()
    {
        var context = new StoreDbContext(_contextOptions ??= SqliteStoreContext.Over(Connection));
        // Transactions are the writer's: one holds the changes of many callers.
        context.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        return context;
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _used.Clear();
        Connection.Dispose();
        GC.SuppressFinalize(this);
    }
}
