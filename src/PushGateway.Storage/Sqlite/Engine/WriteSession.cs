using Microsoft.Data.Sqlite;

namespace PushGateway.Storage.Sqlite.Engine;

/// <summary>What an operation works with inside the writer's transaction. Valid only during the operation.</summary>
internal sealed class WriteSession(SqliteConnection connection, KeyAllocator keys, TimeProvider timeProvider) : SqliteSession(connection)
{
    private readonly List<Action> _committed = [];

    /// <summary>UTC Unix milliseconds.</summary>
    public long NowMs => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

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
}
