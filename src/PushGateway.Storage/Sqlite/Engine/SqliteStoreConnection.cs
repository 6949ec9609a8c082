using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Sqlite.Schema;
using SQLitePCL;

namespace PushGateway.Storage.Sqlite.Engine;

internal sealed class SqliteStoreConnection : StoreConnection
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, SqliteStatement> _controls = new(ReferenceEqualityComparer.Instance);

    /// <param name="connection">Open; disposed with this.</param>
    public SqliteStoreConnection(SqliteConnection connection)
    {
        _connection = connection;
        _handle = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
    }

    public override DbConnection Connection => _connection;

    public override bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    public override SqlDialect Dialect => SqliteDialect.Instance;

    public override StoreStatement Prepare(string sql) => new SqliteStatement(_handle, sql);

    // Every statement of SQLite is one: a row is found when it is asked for.
    public override StoreStatement PrepareWalk(string sql) => Prepare(sql);

    public override void BeginRead() => Control("BEGIN");

    public override void EndRead() => Control("COMMIT");

    public override void BeginWrite() => Control("BEGIN IMMEDIATE");

    public override void Commit() => Control("COMMIT");

    public override void Rollback() => Control("ROLLBACK");

    public override void SetSavepoint() => Control("SAVEPOINT operation");

    public override void ReleaseSavepoint() => Control("RELEASE operation");

    public override void UndoToSavepoint()
    {
        Control("ROLLBACK TO operation");
        Control("RELEASE operation");
    }

    protected override DbContextOptions<StoreDbContext> CreateContextOptions() => SqliteStoreContext.Over(_connection);

    protected override void Dispose(bool disposing)
    {
        foreach (var statement in _controls.Values)
        {
            statement.Dispose();
        }

        _controls.Clear();
        base.Dispose(disposing);
    }

    private void Control(string sql)
    {
        if (!_controls.TryGetValue(sql, out var statement))
        {
            _controls[sql] = statement = new SqliteStatement(_handle, sql);
        }

        try
        {
            statement.Execute();
        }
        catch
        {
            statement.Reset();
            throw;
        }
    }
}
