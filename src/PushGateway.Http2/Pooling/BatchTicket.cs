namespace PushGateway.Http2.Pooling;

/// <summary>A batch in flight: which requests have been taken, which came back, and how many are not done with.</summary>
/// <remarks>Members named "guarded" are used under the pool's lock only; the others from any thread.</remarks>
internal sealed class BatchTicket
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PostPool _pool;
    private readonly int _count;
    private int _unfinished;
    private Exception? _bug;

    private int _next;
    private bool _isStopped;
    private Stack<int>? _returned;
    private Dictionary<int, int>? _refusals;

    public BatchTicket(PostPool pool, PostBatch batch)
    {
        (_pool, Batch, _count, _unfinished) = (pool, batch, batch.Count, batch.Count);
        Node = new LinkedListNode<BatchTicket>(this);
    }

    public PostBatch Batch { get; }

    /// <summary>Its place in the pool's queue; guarded.</summary>
    public LinkedListNode<BatchTicket> Node { get; }

    /// <summary>Guarded.</summary>
    public bool HasMore => _next < _count || _returned is { Count: > 0 };

    /// <summary>Completes when every request begun has been answered and no other will be begun.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // Not only noticed when a connection asks for more: all may be busy with slow answers to other batches.
        await using (stop.UnsafeRegister(static state => ((BatchTicket)state!)._pool.Stop((BatchTicket)state), this))
        {
            await _completed.Task;
        }
    }

    /// <summary>Takes the next requests; guarded, and only while <see cref="HasMore"/>.</summary>
    public Claim Take(int max)
    {
        if (_returned is { Count: > 0 } returned)
        {
            return new Claim(this, returned.Pop(), 1, WasRefused: true);
        }

        var count = Math.Min(max, _count - _next);
        _next += count;
        return new Claim(this, _next - count, count);
    }

    /// <summary>A request comes back to be sent again; guarded.</summary>
    /// <returns><see langword="false"/> when it will not be: it has been refused too often, or sending was stopped.</returns>
    public bool TryTakeBack(int index, int maxRefusals)
    {
        _refusals ??= [];
        var refusals = _refusals[index] = _refusals.GetValueOrDefault(index) + 1;
        if (_isStopped || refusals > maxRefusals)
        {
            return false;
        }

        (_returned ??= []).Push(index);
        return true;
    }

    /// <summary>Gives up what has not been taken; guarded.</summary>
    /// <param name="refused">Requests that had been begun, were refused, and now need that as their answer.</param>
    /// <returns>How many requests that were never begun are done with.</returns>
    public int StopTaking(out Stack<int>? refused)
    {
        _isStopped = true;
        (refused, _returned) = (_returned, null);
        var unclaimed = _count - _next;
        _next = _count;
        return unclaimed;
    }

    /// <summary>Has the batch write a request.</summary>
    /// <returns><see langword="false"/> when it wants neither this nor a further one to be begun.</returns>
    public bool TryCompose(int index, PostRequest request)
    {
        try
        {
            if (!Batch.MayBegin)
            {
                return false;
            }

            request.Clear();
            Batch.Write(index, request);
            return true;
        }
#pragma warning disable CA1031 // Whatever it is, it is a bug in the batch, and whoever sent the batch hears of it.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            Fail(bug);
            return false;
        }
    }

    /// <summary>Hands an answer to the batch. A bug in the batch ends its task, not the connection.</summary>
    public void Answer(int index, in PostAnswer answer)
    {
        try
        {
            Batch.OnAnswer(index, answer);
        }
#pragma warning disable CA1031 // Whatever it is, it is a bug in the batch, and whoever sent the batch hears of it.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            Fail(bug);
        }
    }

    /// <summary>The batch broke its contract: nothing more of it is begun, and its task ends with this.</summary>
    public void Fail(Exception bug)
    {
        Interlocked.CompareExchange(ref _bug, bug, null);
        _pool.Stop(this);
    }

    /// <summary>So many requests are done with: answered, or never to be begun.</summary>
    public void Finish(int count)
    {
        if (count == 0 || Interlocked.Add(ref _unfinished, -count) > 0)
        {
            return;
        }

        _pool.OnFinished();
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
