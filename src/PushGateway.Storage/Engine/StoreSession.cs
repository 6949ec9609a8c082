using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace PushGateway.Storage.Engine;

/// <summary>One open connection with its prepared statements. Used by one caller at a time.</summary>
/// <param name="connection">Open; disposed with the session.</param>
internal class StoreSession(StoreConnection connection) : IDisposable
{
    // By reference: every SQL text is a constant or kept by its owner, so the number of statements is bounded, and hashing a long
    // text on every use would cost more than some of the statements do.
    private readonly Dictionary<string, StoreStatement> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly List<StoreStatement> _used = [];

    public SqlDialect Dialect => connection.Dialect;

    public DbConnection Connection => connection.Connection;

    /// <summary>Whether it is worth another try: not once the way to the database is lost.</summary>
    public bool IsUsable => connection.IsUsable;

    /// <summary>Whether a statement of the open transaction has been answered.</summary>
    public bool HasAnswered => connection.HasAnswered;

    protected StoreConnection Engine => connection;

    /// <summary>The prepared statement, ready for its parameters; whoever used it before must have finished.</summary>
    /// <param name="sql">A constant, or a text that its owner keeps: it is recognized by reference.</param>
    public StoreStatement Statement(string sql) =>
        HandOut(_statements.TryGetValue(sql, out var statement) ? statement : _statements[sql] = connection.Prepare(sql));

    /// <summary>As <see cref="Statement"/>, when the reader may stop long before the last row.</summary>
    public StoreStatement Walk(string sql) =>
        HandOut(_statements.TryGetValue(sql, out var statement) ? statement : _statements[sql] = connection.PrepareWalk(sql));

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
    public void Execute(string sql) => connection.Execute(sql);

    public void BeginRead() => connection.BeginRead();

    public void EndRead() => connection.EndRead();

    /// <summary>A context over this connection, inside whatever transaction it has open.</summary>
    public StoreDbContext CreateContext()
    {
        var context = new StoreDbContext(connection.ContextOptions);
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
        connection.Dispose();
        GC.SuppressFinalize(this);
    }

    private StoreStatement HandOut(StoreStatement statement)
    {
        statement.Reset();
        if (!statement.IsHandedOut)
        {
            statement.IsHandedOut = true;
            _used.Add(statement);
        }

        return statement;
    }
}
