using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PushGateway.Storage.Engine;
using PushGateway.Storage.PostgreSql.Schema;

namespace PushGateway.Storage.PostgreSql.Engine;

internal sealed class PostgreSqlStoreConnection : StoreConnection
{
    private readonly PostgreSqlDatabase _database;
    private readonly NpgsqlBatch _begin;
    private readonly NpgsqlBatch _commit;
    private NpgsqlTransaction? _read;
    private string? _transactionId;
    private int _walks;
    private bool _hasCursors;
    private bool _answered;

    /// <param name="connection">Open; disposed with this.</param>
    public PostgreSqlStoreConnection(PostgreSqlDatabase database, NpgsqlConnection connection)
    {
        (_database, NpgsqlConnection) = (database, connection);
        _begin = new NpgsqlBatch(connection);
        _begin.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        _begin.BatchCommands.Add(new NpgsqlBatchCommand(PostgreSqlDatabase.TakeWriterLock));
        _begin.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_current_xact_id()::text"));
        _commit = new NpgsqlBatch(connection);
        // The answer to the commit of a transaction that a failed statement has broken is ROLLBACK, and no error. This one's is.
        _commit.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 1"));
        _commit.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
    }

    public NpgsqlConnection NpgsqlConnection { get; }

    public override DbConnection Connection => NpgsqlConnection;

    public override bool IsUsable => NpgsqlConnection.State == ConnectionState.Open;

    public override bool HasAnswered => _answered;

    /// <summary>Which of all the cursors ever opened here can still be open: those that were opened under this number.</summary>
    public long Cursors { get; private set; }

    public override bool InTransaction => IsUsable && (_transactionId is not null || _read is not null);

    public override SqlDialect Dialect => PostgreSqlDialect.Instance;

    public override StoreStatement Prepare(string sql) => new PostgreSqlStatement(this, sql);

    public override StoreStatement PrepareWalk(string sql) => new PostgreSqlWalk(this, sql, ++_walks);

    /// <summary>A statement of the open transaction had its answer.</summary>
    public void Answered() => _answered = true;

    public void CursorOpened() => _hasCursors = true;

    // It goes with the first statement: an exchange less for each read.
    public override void BeginRead()
    {
        ForgetCursors();
        _answered = false;
        try
        {
            _read = NpgsqlConnection.BeginTransaction(IsolationLevel.RepeatableRead);
        }
        catch (InvalidOperationException lost) when (!IsUsable)
        {
            // Noticed while it was idle: the driver has another exception for that.
            throw new NpgsqlException("The connection was lost.", lost);
        }
    }

    public override void EndRead()
    {
        _read!.Commit();
        _read.Dispose();
        _read = null;
    }

    public override void BeginWrite()
    {
        ForgetCursors();
        _answered = false;
        try
        {
            using var reader = _begin.ExecuteReader();
            reader.NextResult(); // The lock's.
            _transactionId = reader.Read() ? reader.GetString(0) : throw new UnreachableException("A transaction has no id.");
        }
        catch
        {
            RollbackQuietly();
            throw;
        }
    }

    /// <remarks>When the connection is lost in the middle, another one asks the database what became of the transaction.</remarks>
    public override void Commit()
    {
        var id = _transactionId!;
        try
        {
            _commit.ExecuteNonQuery();
            _transactionId = null;
        }
        catch (NpgsqlException problem) when (!IsUsable || PostgreSqlErrors.EndsConnection(problem))
        {
            _transactionId = null;
            if (!_database.WasCommitted(id, problem))
            {
                throw;
            }

            NpgsqlConnection.Close();
        }
    }

    public override void Rollback()
    {
        _transactionId = null;
        Execute("ROLLBACK");
    }

    public override void SetSavepoint()
    {
        // Those that are open would outlive the savepoint, those that come later would not: now there are none.
        if (_hasCursors)
        {
            Execute("CLOSE ALL");
            ForgetCursors();
        }

        Execute("SAVEPOINT operation");
    }

    public override void ReleaseSavepoint() => Execute("RELEASE SAVEPOINT operation");

    public override void UndoToSavepoint()
    {
        Execute("ROLLBACK TO SAVEPOINT operation");
        ForgetCursors();
        ReleaseSavepoint();
    }

    protected override DbContextOptions<StoreDbContext> CreateContextOptions() => PostgreSqlStoreContext.Over(NpgsqlConnection);

    protected override void Dispose(bool disposing)
    {
        _read?.Dispose();
        _begin.Dispose();
        _commit.Dispose();
        base.Dispose(disposing);
    }

    private void ForgetCursors()
    {
        Cursors++;
        _hasCursors = false;
    }

    private void RollbackQuietly()
    {
        _transactionId = null;
        try
        {
            if (IsUsable)
            {
                Execute("ROLLBACK");
            }
        }
        catch (NpgsqlException)
        {
            // What made it fail before is told.
        }
    }
}
