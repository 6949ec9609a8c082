namespace PushGateway.Http2;

/// <summary>
/// Sends batches through a pool with a credential that may turn out to be refused, finding that out with as few requests as possible.
/// Safe for concurrent use.
/// </summary>
/// <remarks>
/// The gate is closed at first: one request goes alone, and its answer opens the gate for everything else or keeps it closed. A refusal
/// closes it at any time: no batch in flight begins anything more. While it is closed each batch sends at most one request, and batches
/// that were waiting for their turn when a refusal came end without sending any.
/// </remarks>
public sealed class GatedSender(IPostConnectionPool pool) : IDisposable
{
    /// <summary>Requests tried alone, one after the other, when they get no answer at all.</summary>
    private const int MaxProbes = 3;

    /// <summary>A first pass, one with a renewed credential, and one for those that were caught by a renewal another batch began.</summary>
    private const int MaxPasses = 3;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _generation;
    private volatile bool _isOpen;
    private volatile bool _isStopped;

    /// <summary>Grows with each refusal.</summary>
    internal int Generation => Volatile.Read(ref _generation);

    /// <summary>Sends every request of the batch that may be sent, and repeats those that ask for it once.</summary>
    /// <param name="stop">When it fires nothing more is begun; what is under way is awaited. The task completes normally.</param>
    public async Task SendAsync(GatedBatch batch, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Start(this);
        for (var pass = 0; pass < MaxPasses && !stop.IsCancellationRequested; pass++)
        {
            if (!batch.StartPass(Generation) || !await batch.PrepareAsync(stop))
            {
                return;
            }

            if ((_isOpen || await TryOpenAsync(batch, stop)) && batch.MoveToRest())
            {
                await pool.SendAsync(batch, stop);
            }

            if (batch.IsHalted ? _isStopped : !batch.HasRepeats && !batch.IsStale)
            {
                return;
            }
        }
    }

    /// <summary>Closes the gate: the credential was refused elsewhere than in an answer, such as by a token endpoint.</summary>
    public void Halt()
    {
        _isStopped = true;
        _isOpen = false;
        Interlocked.Increment(ref _generation);
    }

    public void Dispose() => _turn.Dispose();

    internal void OnDecision(GatedBatch batch, PostDecision decision)
    {
        switch (decision)
        {
            // An answer to the credential of an earlier generation says nothing about the present one.
            case PostDecision.Done when !_isOpen && batch.Generation == Generation:
                _isStopped = false;
                _isOpen = true;
                break;
            case PostDecision.Halt:
                Halt();
                break;
            case PostDecision.HaltAndRenew:
                _isStopped = false;
                _isOpen = false;
                Interlocked.Increment(ref _generation);
                break;
            case PostDecision.Unreachable:
                // The next batch tries with one request whether the server is back.
                _isOpen = false;
                break;
        }
    }

    /// <returns>Whether the rest of the batch may be sent.</returns>
    private async Task<bool> TryOpenAsync(GatedBatch batch, CancellationToken stop)
    {
        try
        {
            await _turn.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        try
        {
            for (var probes = 0; !_isOpen; probes++)
            {
                if (batch.IsHalted || !batch.MoveToNext())
                {
                    return false;
                }

                await pool.SendAsync(batch, stop);
                switch (batch.LastDecision)
                {
                    case PostDecision.Done or PostDecision.Halt or PostDecision.HaltAndRenew:
                        return _isOpen;
                    case PostDecision.Again or PostDecision.NoAnswer when probes + 1 < MaxProbes:
                        continue;
                    case null:
                        return false;
                    default:
                        batch.RecordRestUnreached();
                        return false;
                }
            }

            return !batch.IsHalted;
        }
        finally
        {
            _turn.Release();
        }
    }
}
