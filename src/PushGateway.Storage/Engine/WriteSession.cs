namespace PushGateway.Storage.Engine;

/// <summary>What an operation works with inside the writer's transaction. Valid only during the operation.</summary>
internal sealed class WriteSession(StoreConnection connection, KeyAllocator keys, TimeProvider timeProvider) : StoreSession(connection)
{
    private readonly List<Action> _committed = [];

    /// <summary>UTC Unix milliseconds.</summary>
    public long NowMs => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether a transaction is open, also one that a failed statement has broken.</summary>
    public bool InTransaction => Engine.InTransaction;

    public long NextKey(KeySequence sequence) => keys.Next(this, sequence);

    public void ReturnKey(KeySequence sequence) => keys.Return(sequence);

    /// <summary>Runs on the writer after the commit, in the order of the operations and before their callers hear of it.</summary>
    public void OnCommitted(Action action) => _committed.Add(action);

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
