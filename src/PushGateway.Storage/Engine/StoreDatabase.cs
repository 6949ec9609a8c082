namespace PushGateway.Storage.Engine;

/// <summary>Opens connections to the store's database and knows what its errors mean.</summary>
internal abstract class StoreDatabase
{
    /// <summary>What the database is called in logs; without secrets.</summary>
    public abstract string Name { get; }

    /// <summary>Whether other processes may write to the store as well, between the transactions of this one.</summary>
    public abstract bool IsShared { get; }

    /// <summary>A connection whose commits are durable.</summary>
    public abstract StoreConnection OpenWriter();

    public abstract StoreConnection OpenReader();

    /// <summary>Tells a database that cannot be used now (full, locked, gone) from a statement that is wrong.</summary>
    public abstract bool IsUnavailable(Exception problem);

    /// <summary>Held by somebody else for the moment: the same transaction may succeed when it is tried again.</summary>
    public abstract bool IsBusy(Exception problem);
}
