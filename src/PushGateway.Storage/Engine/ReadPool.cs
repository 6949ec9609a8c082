using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace PushGateway.Storage.Engine;

/// <summary>Read-only connections, each used by one reader at a time. A reader sees a snapshot and never waits for the writer.</summary>
internal sealed class ReadPool(StoreDatabase database, IOptions<StorageOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Value.MaxReadConnections);
    private readonly ConcurrentStack<StoreSession> _idle = new();
    private volatile bool _disposed;

    /// <summary>Runs the read on a connection of the pool; waits while all are in use.</summary>
    /// <param name="read">Synchronous, as SQLite is; keep it short, or page.</param>
    public async ValueTask<TResult> ReadAsync<TState, TResult>(
        TState state, Func<StoreSession, TState, TResult> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_idle.TryPop(out var session))
            {
                session = new StoreSession(database.OpenReader());
            }

            var keep = false;
            try
            {
                // Several statements of one read see the same snapshot.
                session.BeginRead();
                var result = read(session, state);
                session.EndReads();
                session.EndRead();
                keep = true;
                return result;
            }
            finally
            {
                // After an error the connection is not worth a guess.
                Return(session, keep);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    public ValueTask<TResult> ReadAsync<TResult>(Func<StoreSession, TResult> read, CancellationToken cancellationToken) =>
        ReadAsync(read, static (session, read) => read(session), cancellationToken);

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryPop(out var session))
        {
            session.Dispose();
        }
    }

    private void Return(StoreSession session, bool keep)
    {
        session.EndReads();
        if (keep && !_disposed)
        {
            _idle.Push(session);
        }
        else
        {
            session.Dispose();
        }
    }
}
