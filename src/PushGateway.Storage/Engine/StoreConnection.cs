using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace PushGateway.Storage.Engine;

/// <summary>What a session needs of a database's connection. Used by one caller at a time.</summary>
internal abstract class StoreConnection : IDisposable
{
    private DbContextOptions<StoreDbContext>? _contextOptions;

    /// <summary>The connection itself, for contexts and for what is rare.</summary>
    public abstract DbConnection Connection { get; }

    /// <summary>Whether a transaction is open, also one that a failed statement has broken: some errors make a database end it by itself.</summary>
    public abstract bool InTransaction { get; }

    /// <summary>Whether it is worth another try: not once the way to the database is lost.</summary>
    public virtual bool IsUsable => true;

    /// <summary>Whether a statement of the open transaction has been answered: one that has not can be begun again elsewhere and nobody has seen anything of it.</summary>
    public virtual bool HasAnswered => true;

    public DbContextOptions<StoreDbContext> ContextOptions => _contextOptions ??= CreateContextOptions();

    public abstract SqlDialect Dialect { get; }

    public abstract StoreStatement Prepare(string sql);

    /// <summary>As <see cref="Prepare"/>, for a statement of which only as many rows may be read as its reader wants.</summary>
    public abstract StoreStatement PrepareWalk(string sql);

    /// <summary>Begins a transaction whose reads all see the same snapshot.</summary>
    public abstract void BeginRead();

    public abstract void EndRead();

    /// <summary>Begins a transaction that nobody else changes anything beside, until it ends.</summary>
    public abstract void BeginWrite();

    /// <summary>Durable when this returns.</summary>
    public abstract void Commit();

    public abstract void Rollback();

    public abstract void SetSavepoint();

    public abstract void ReleaseSavepoint();

    /// <summary>Undoes what was changed since the savepoint, and releases it.</summary>
    public abstract void UndoToSavepoint();

    /// <summary>Runs rare SQL without keeping it prepared.</summary>
    public void Execute(string sql)
    {
        using var command = Connection.CreateCommand();
#pragma warning disable CA2100 // Only constants and numbers of ours get here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract DbContextOptions<StoreDbContext> CreateContextOptions();

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Connection.Dispose();
        }
    }
}
