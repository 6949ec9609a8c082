namespace PushGateway.Storage.Engine;

/// <summary>What an operation works with inside the writer's transaction. Valid only during the operation.</summary>
internal sealed class WriteSession(StoreConnection connection, KeyAllocator keys, TimeProvider timeProvider) : StoreSession(connection)
{
    private const string Notify = "SELECT length(pg_notify('pushgateway', ?1)::text)";

    private readonly List<Action> _committed = [];
    private readonly HashSet<StoreNotice> _notices = [];

    /// <summary>UTC Unix milliseconds.</summary>
    public long NowMs => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether a transaction is open, also one that a failed statement has broken.</summary>
    public bool InTransaction => Engine.InTransaction;

    public long NextKey(KeySequence sequence) => keys.Next(this, sequence);

    public void ReturnKey(KeySequence sequence) => keys.Return(sequence);

    /// <summary>Runs on the writer after the commit, in the order of the operations and before their callers hear of it.</summary>
    public void OnCommitted(Action action) => _committed.Add(action);

    /// <summary>As <see cref="OnCommitted"/>, and other gateways of the store read their catalogs anew.</summary>
    public void OnCatalogCommitted(Action action)
    {
        OnCommitted(action);
        Ring(StoreTopic.Catalog, 0);
    }

    /// <summary>Other gateways of the store hear of it after the commit. One too many, of an operation that was undone, does no harm.</summary>
    public void Ring(StoreTopic topic, long key, string detail = "") => _notices.Add(new StoreNotice(topic, key, detail));

    /// <summary>In the transaction, at its end. Of a store that is nobody else's they are forgotten.</summary>
    public void SendNotices(string? sender)
    {
        if (sender is not null)
        {
            foreach (var text in StoreNotice.Write(sender, _notices))
            {
                Statement(Notify).Bind(1, text).Step();
            }
        }

        _notices.Clear();
    }

    public int CommittedActions => _committed.Count;

    public void ForgetCommittedActions(int from) => _committed.RemoveRange(from, _committed.Count - from);

    public void RunCommittedActions()
    {
        foreach (var action in _committed)
        {
            action();
        }

        _committed.Clear();
    }

    public void BeginWrite() => Engine.BeginWrite();

    public void Commit() => Engine.Commit();

    public void Rollback() => Engine.Rollback();

    public void SetSavepoint() => Engine.SetSavepoint();

    public void ReleaseSavepoint() => Engine.ReleaseSavepoint();

    public void UndoToSavepoint() => Engine.UndoToSavepoint();
}
