using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using PushGateway.Core;

namespace PushGateway.Storage.Engine;

/// <summary>
/// The only one who writes. Takes as many changes as are waiting into one durable transaction, and completes their callers after the
/// commit.
/// </summary>
/// <remarks>
/// One change that fails is undone alone: the transaction starts over, with a savepoint for each. When the transaction itself cannot be committed, every caller of it gets
/// <see cref="StoreUnavailableException"/>, nothing of it remains, and the next transaction is tried afresh.
/// </remarks>
internal sealed class StoreWriter : IDisposable
{
    /// <summary>A commit of so many changes has others behind it.</summary>
    private const int BusyOperations = 4;

    private readonly ManualResetEvent _stopping = new(false);
    private readonly WriteQueue _queue;
    private readonly List<WriteOperation> _batch = [];
    private readonly KeyAllocator _keys = new();
    private readonly StoreDatabase _database;
    private readonly StoreBell _bell;
    private readonly StorageOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<StoreWriter> _logger;
    private readonly ResiliencePipeline _busyRetry;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WriteSession? _session;
    private Thread? _thread;
    private long _commits;
    private long _committedAt;

    public StoreWriter(StoreDatabase database, StoreBell bell, IOptions<StorageOptions> options, TimeProvider timeProvider, ILogger<StoreWriter> logger)
    {
        (_database, _bell, _options, _timeProvider, _logger) = (database, bell, options.Value, timeProvider, logger);
        _queue = new WriteQueue(_options.WriteQueueCapacity);
        _busyRetry = new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(database.IsBusy),
                MaxRetryAttempts = 2,
                Delay = TimeSpan.FromMilliseconds(50),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .Build();
    }

    /// <summary>Transactions committed since the start.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Since when nothing has shown that the store takes changes.</summary>
    public TimeSpan SinceLastCommit => _timeProvider.GetElapsedTime(Interlocked.Read(ref _committedAt));

    /// <summary>Why the last transaction failed; <see langword="null"/> after one that did not.</summary>
    public string? LastFailure { get; private set; }

    /// <exception cref="DbException">The database cannot be opened.</exception>
    public void Start()
    {
        if (_thread is not null)
        {
            return;
        }

        OpenSession();
        _committedAt = _timeProvider.GetTimestamp();
        // A thread of its own: it spends its time in the disk's waits, which would otherwise starve the thread pool.
        _thread = new Thread(Run) { Name = "pushgateway-store-writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Takes no more changes and completes when those accepted are durable.</summary>
    public async Task StopAsync()
    {
        _queue.Complete();
        _stopping.Set();
        if (_thread is not null)
        {
            await _drained.Task.ConfigureAwait(false);
        }
    }

    public Task RunAsync(Action<WriteSession> change, CancellationToken cancellationToken, bool mayWait = false) => RunAsync(
        session =>
        {
            change(session);
            return true;
        },
        cancellationToken, mayWait);

    /// <summary>Runs the change on the writer and completes when it is durable. Waits while the queue is full.</summary>
    /// <param name="change">
    /// Must not wait for anything but the database; other callers wait for it. When another change of the same transaction fails it is undone
    /// and runs a second time, so whatever it does must be in the session.
    /// </param>
    /// <param name="cancellationToken">Gives up a change that has not begun; one that has begun is awaited.</param>
    /// <param name="mayWait">Nobody feels it when others that came later go before it.</param>
    /// <exception cref="StoreUnavailableException">Nothing was changed.</exception>
    public async Task<TResult> RunAsync<TResult>(Func<WriteSession, TResult> change, CancellationToken cancellationToken, bool mayWait = false)
    {
        if (_thread is null)
        {
            throw new StoreUnavailableException("The store has not been started.");
        }

        var operation = new WriteOperation<TResult>(change, cancellationToken);
        try
        {
            await _queue.WriteAsync(operation, mayWait, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException stopped)
        {
            throw new StoreUnavailableException("The store is shutting down.", stopped);
        }

        return await operation.Task.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _queue.Complete();
        _stopping.Set();
        _thread?.Join();
        _stopping.Dispose();
        _session?.Dispose();
        _session = null;
    }

    private void Run()
    {
        try
        {
            while (_queue.WaitToRead())
            {
                CommitBatch();
                if (_batch.Count >= BusyOperations && _options.BusyCommitPause > TimeSpan.Zero)
                {
                    _stopping.WaitOne(_options.BusyCommitPause);
                }
            }
        }
        finally
        {
            _session?.Dispose();
            _session = null;
            _drained.TrySetResult();
        }
    }

    private void CommitBatch()
    {
        _batch.Clear();
        try
        {
            if (!TakeNext())
            {
                return;
            }

            var session = BeginTransaction();
            _keys.Save();
            var started = _timeProvider.GetTimestamp();
            var isEachApart = false;
            do
            {
                if (isEachApart)
                {
                    ExecuteApart(session, _batch[^1], isAlone: false);
                }
                else if (!TryExecute(session, _batch[^1]))
                {
                    StartOver(session);
                    isEachApart = true;
                }
            }
            while (_batch.Count < _options.MaxOperationsPerCommit &&
                _timeProvider.GetElapsedTime(started) <= _options.MaxCommitGathering && TakeNext());

            if (_database.IsShared)
            {
                _keys.GiveBack(session);
            }

            session.SendNotices(_database.IsShared ? _bell.Sender : null);

            _busyRetry.Execute(static session => session.Commit(), session);
            session.EndReads();
        }
#pragma warning disable CA1031 // Whatever it is, the callers must hear of it and the loop must go on.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Abandon(problem);
            return;
        }

        Interlocked.Increment(ref _commits);
        Interlocked.Exchange(ref _committedAt, _timeProvider.GetTimestamp());
        LastFailure = null;
        RunCommittedActions();
        foreach (var operation in _batch)
        {
            operation.Complete();
        }
    }

    private WriteSession BeginTransaction()
    {
        if (_session is { IsUsable: true } used)
        {
            try
            {
                _busyRetry.Execute(static session => session.BeginWrite(), used);
                return used;
            }
            catch (DbException) when (!used.IsUsable)
            {
                // Lost while nothing went over it; nothing has been tried yet.
            }
        }

        _session?.Dispose();
        _session = null;
        var session = OpenSession();
        _busyRetry.Execute(static session => session.BeginWrite(), session);
        return session;
    }

    private bool TakeNext()
    {
        while (_queue.TryRead(out var operation))
        {
            if (!operation.TryCancel())
            {
                _batch.Add(operation);
                return true;
            }
        }

        return false;
    }

    /// <summary>Executes a change in the hope that it will not have to be undone: to be able to undo it alone costs a copy of every page it changes.</summary>
    /// <returns>Whether the hope has come true; otherwise the transaction holds a part of it.</returns>
    private bool TryExecute(WriteSession session, WriteOperation operation)
    {
        try
        {
            operation.Execute(session);
            session.EndReads();
            return true;
        }
#pragma warning disable CA1031 // It is executed once more, and then its caller gets the exception.
        catch (Exception problem) when (!_database.IsUnavailable(problem) && session.InTransaction)
#pragma warning restore CA1031
        {
            session.EndReads();
            return false;
        }
    }

    /// <summary>Undoes all that was changed so far and executes it once more, so that the change that failed can be undone alone.</summary>
    private void StartOver(WriteSession session)
    {
        session.Rollback();
        session.BeginWrite();
        _keys.Restore();
        session.ForgetCommittedActions(0);
        var isAlone = true;
        foreach (var operation in _batch)
        {
            isAlone &= !ExecuteApart(session, operation, isAlone);
        }
    }

    /// <param name="isAlone">Nothing has been changed in the transaction yet.</param>
    /// <returns>Whether it was executed; otherwise it has been undone.</returns>
    private bool ExecuteApart(WriteSession session, WriteOperation operation, bool isAlone)
    {
        // The first change needs no savepoint: undoing it is undoing the transaction.
        if (!isAlone)
        {
            session.SetSavepoint();
        }

        _keys.Save();
        var committedActions = session.CommittedActions;
        try
        {
            operation.Execute(session);
            session.EndReads();
            if (!isAlone)
            {
                session.ReleaseSavepoint();
            }

            return true;
        }
#pragma warning disable CA1031 // The caller gets it; only a database that cannot go on ends the whole batch.
        catch (Exception problem) when (!_database.IsUnavailable(problem) && session.InTransaction)
#pragma warning restore CA1031
        {
            session.EndReads();
            if (isAlone)
            {
                session.Rollback();
                session.BeginWrite();
            }
            else
            {
                session.UndoToSavepoint();
            }

            _keys.Restore();
            session.ForgetCommittedActions(committedActions);
            operation.Refuse(problem);
            return false;
        }
    }

    // A handler that throws is a bug, but not one that may take the writer, and all callers with it, away.
    private void RunCommittedActions()
    {
        try
        {
            _session!.RunCommittedActions();
        }
#pragma warning disable CA1031
        catch (Exception problem)
#pragma warning restore CA1031
        {
            _session!.ForgetCommittedActions(0);
            StorageLog.CommittedActionFailed(_logger, problem);
        }
    }

    private void Abandon(Exception problem)
    {
        // Others that wait would meet the same; they need not wait for it one by one.
        while (_batch.Count < _options.MaxOperationsPerCommit && TakeNext())
        {
        }

        // The connection may be in any state, and so may the keys: both begin anew.
        _keys.Clear();
        _session?.Dispose();
        _session = null;
        LastFailure = problem.Message;
        StorageLog.CommitFailed(_logger, _batch.Count, problem);
        foreach (var operation in _batch)
        {
            operation.Fail(new StoreUnavailableException(
                problem is CommitUnknownException
                    ? "The store was lost in the middle of a commit. Nobody knows whether the change was made."
                    : "The store cannot take changes now. Nothing was changed.",
                problem));
        }
    }

    private WriteSession OpenSession() => _session = new WriteSession(_database.OpenWriter(), _keys, _timeProvider);
}
