namespace PushGateway.Http2.Sockets;

/// <summary>A batch in flight: which requests have been begun and how many are unanswered. Guarded by the pool's lock.</summary>
internal sealed class BatchTicket
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SocketsHttpPostPool _pool;
    private readonly int _count;
    private int _next;
    private int _underWay;
    private bool _hasEnded;
    private Exception? _bug;

    public BatchTicket(SocketsHttpPostPool pool, PostBatch batch)
    {
        (_pool, Batch, _count) = (pool, batch, batch.Count);
        Node = new LinkedListNode<BatchTicket>(this);
    }

    public PostBatch Batch { get; }

    /// <summary>Its place in the pool's queue.</summary>
    public LinkedListNode<BatchTicket> Node { get; }

    public bool HasMore => _next < _count;

    /// <summary>Completes when every request begun has been answered.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // Not only seen by a worker's next look: workers may all be busy with slow answers to other batches.
        await using (stop.UnsafeRegister(static state => ((BatchTicket)state!)._pool.Stop((BatchTicket)state), this))
        {
            await _completed.Task;
        }
    }

    /// <returns><see langword="false"/> when no request may be begun any more.</returns>
    public bool TryTake(out int index)
    {
        index = _next;
        if (!HasMore || !Batch.MayBegin)
        {
            _next = _count;
            return false;
        }

        _next++;
        _underWay++;
        return true;
    }

    /// <returns>Whether the batch has come to its end.</returns>
    public bool FinishOne()
    {
        _underWay--;
        return EndIfDrained();
    }

    /// <returns>Whether the batch has come to its end.</returns>
    public bool StopTaking()
    {
        _next = _count;
        return EndIfDrained();
    }

    /// <returns>Whether the batch is still queued.</returns>
    public bool Fail(Exception bug)
    {
        _bug ??= bug;
        _next = _count;
        return Node.List is not null;
    }

    /// <returns>Whether the batch has come to its end, which is said once.</returns>
    public bool EndIfDrained()
    {
        if (_hasEnded || HasMore || _underWay > 0)
        {
            return false;
        }

        return _hasEnded = true;
    }

    public void Complete()
    {
        if (_bug is null)
        {
            _completed.SetResult();
        }
        else
        {
            _completed.SetException(_bug);
        }
    }
}
