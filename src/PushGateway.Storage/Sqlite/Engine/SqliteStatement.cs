using System.Text;
using Microsoft.Data.Sqlite;
using PushGateway.Storage.Engine;
using SQLitePCL;

namespace PushGateway.Storage.Sqlite.Engine;

/// <summary>A prepared statement, used again and again. Binding and reading go straight to SQLite and allocate nothing per row.</summary>
/// <remarks>Parameters are numbered from 1, columns from 0. Not safe for concurrent use.</remarks>
internal sealed class SqliteStatement : StoreStatement
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    /// <exception cref="SqliteException">The SQL does not fit the schema.</exception>
    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public override StoreStatement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    public override StoreStatement Bind(int parameter, long? value) =>
        value is { } number ? Bind(parameter, number) : BindNull(parameter);

    public override StoreStatement Bind(int parameter, string? value)
    {
        if (value is null)
        {
            return BindNull(parameter);
        }

        const int StackBytes = 768;
        if (value.Length * 3 > StackBytes)
        {
            return BindText(parameter, Encoding.UTF8.GetBytes(value).AsSpan());
        }

        Span<byte> utf8 = stackalloc byte[StackBytes];
        return BindText(parameter, utf8[..Encoding.UTF8.GetBytes(value, utf8)]);
    }

    public override StoreStatement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, parameter, utf8));
        return this;
    }

    public override StoreStatement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0)
            : raw.sqlite3_bind_blob(_statement, parameter, value));
        return this;
    }

    /// <summary>Text that is there or not.</summary>
    public override StoreStatement BindText(int parameter, byte[]? utf8) => utf8 is null ? BindNull(parameter) : BindText(parameter, utf8.AsSpan());

    private SqliteStatement BindNull(int parameter)
    {
        Check(raw.sqlite3_bind_null(_statement, parameter));
        return this;
    }

    /// <returns>Whether there is a row to read.</returns>
    public override bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        switch (code)
        {
            case raw.SQLITE_ROW:
                return true;
            case raw.SQLITE_DONE:
                return false;
            default:
                Check(code);
                throw new InvalidOperationException($"SQLite answered a step with {code}.");
        }
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    /// <returns>Rows changed.</returns>
    public override int Execute()
    {
        Step();
        var changes = raw.sqlite3_changes(_database);
        Reset();
        return changes;
    }

    public override bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <summary>0 for null.</summary>
    public override long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public override int Int32(int column) => raw.sqlite3_column_int(_statement, column);

    /// <summary>Text or blob as SQLite holds it, valid until the next step; empty for null.</summary>
    public override ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>Ends reading, so that the statement no longer holds a snapshot, and makes it ready for other parameters.</summary>
    public override void Reset() => raw.sqlite3_reset(_statement); // Answers with the error of the last step, which has been thrown already.

    protected override void Dispose(bool disposing) => _statement.Dispose();

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}
