using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.Storage.Engine;

/// <summary>Read-only connections, each used by one reader at a time. A reader sees a snapshot and never waits for the writer.</summary>
internal sealed class ReadPool(StoreDatabase database, IOptions<StorageOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Value.MaxReadConnections);
    private readonly ConcurrentStack<StoreSession> _idle = new();
    private volatile bool _disposed;

    /// <summary>Runs the read on a connection of the pool; waits while all are in use.</summary>
    /// <param name="read">Synchronous, as SQLite is; keep it short, or page.</param>
    /// <exception cref="StoreUnavailableException">The database cannot be used now.</exception>
    public async ValueTask<TResult> ReadAsync<TState, TResult>(
        TState state, Func<StoreSession, TState, TResult> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            while (_idle.TryPop(out var used))
            {
                if (TryRead(used, state, read, out var found))
                {
                    return found;
                }
            }

            var session = new StoreSession(database.OpenReader());
            return Read(session, state, read);
        }
        catch (Exception problem) when (database.IsUnavailable(problem))
        {
            throw new StoreUnavailableException("The store cannot be read now.", problem);
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

    /// <returns><see langword="false"/> when the connection had been lost before anything was read with it.</returns>
    private bool TryRead<TState, TResult>(
        StoreSession session, TState state, Func<StoreSession, TState, TResult> read, [MaybeNullWhen(false)] out TResult result)
    {
        try
        {
            result = Read(session, state, read);
            return true;
        }
        catch (DbException) when (!session.IsUsable && !session.HasAnswered)
        {
            result = default;
            return false;
        }
    }

    private TResult Read<TState, TResult>(StoreSession session, TState state, Func<StoreSession, TState, TResult> read)
    {
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
        catch (Exception problem) when (problem is not (DbException or OperationCanceledException) && !session.IsUsable)
        {
            // The loss was noticed between two statements, while nothing went over the connection: the next one only finds that it is closed, or disposed of.
            throw new StoreUnavailableException("The store cannot be read now.", problem);
        }
        finally
        {
            // After an error the connection is not worth a guess.
            Return(session, keep);
        }
    }

    private void Return(StoreSession session, bool keep)
    {
        if (keep && !_disposed)
        {
            session.EndReads();
            _idle.Push(session);
            return;
        }

        try
        {
            session.Dispose();
        }
#pragma warning disable CA1031 // What ended the read is told; that a connection that was lost cannot take its leave is no news.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
