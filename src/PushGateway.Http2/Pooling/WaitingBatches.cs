namespace PushGateway.Http2.Pooling;

/// <summary>The batches of a pool that have requests to be taken: lane by lane by weight, within a lane in turn. Guarded by the pool's lock.</summary>
/// <remarks>A lane of lesser weight gets less, but never nothing: for as long as its batches wait they have their share of the streams.</remarks>
internal sealed class WaitingBatches
{
    private static readonly int[] s_weights = [16, 4, 1];

    private readonly LinkedList<BatchTicket>[] _lanes = [new(), new(), new()];
    private readonly int[] _credits = new int[s_weights.Length];

    public int Count { get; private set; }

    /// <returns><see langword="false"/> when it waits already.</returns>
    public bool Add(BatchTicket ticket)
    {
        if (ticket.Node.List is not null)
        {
            return false;
        }

        _lanes[Math.Clamp(ticket.Batch.Lane, 0, s_weights.Length - 1)].AddLast(ticket.Node);
        Count++;
        return true;
    }

    /// <returns><see langword="false"/> when it does not wait.</returns>
    public bool Remove(BatchTicket ticket)
    {
        if (ticket.Node.List is not { } lane)
        {
            return false;
        }

        lane.Remove(ticket.Node);
        Count--;
        return true;
    }

    /// <summary>Takes out the batch whose turn it is; the caller adds it again when it has more.</summary>
    public BatchTicket? Next()
    {
        var (best, total) = (-1, 0);
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            if (_lanes[lane].Count == 0)
            {
                continue;
            }

            _credits[lane] += s_weights[lane];
            total += s_weights[lane];
            if (best < 0 || _credits[lane] > _credits[best])
            {
                best = lane;
            }
        }

        if (best < 0)
        {
            return null;
        }

        _credits[best] -= total;
        var ticket = _lanes[best].First!.Value;
        Remove(ticket);
        return ticket;
    }

    public List<BatchTicket> TakeAll()
    {
        List<BatchTicket> tickets = [.. _lanes.SelectMany(lane => lane)];
        foreach (var lane in _lanes)
        {
            lane.Clear();
        }

        Count = 0;
        return tickets;
    }
}
