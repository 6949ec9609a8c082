namespace PushGateway.Http2.Pooling;

/// <summary>What the pool notes about one of its connections; used under the pool's lock only.</summary>
internal sealed class PoolEntry
{
    /// <summary>It may be given requests.</summary>
    public bool IsOpen { get; set; }

    /// <summary>It takes no requests any more, by its own account.</summary>
    public bool HasLeft { get; set; }

    /// <summary>It found nothing to do and waits to be woken.</summary>
    public bool IsIdle { get; set; }

    /// <summary>Its latest share of time in which only more streams would have helped.</summary>
    public double Stalled { get; set; }

    /// <summary>Whether the pool knows that it has brought an answer.</summary>
    public bool IsFruitful { get; set; }

    /// <summary>Whether it was ever given a request.</summary>
    public bool WasUsed { get; set; }

    /// <summary>Timestamp of its latest request.</summary>
    public long UsedAt { get; set; }

    /// <summary>Another connection is being made in its place.</summary>
    public bool IsBeingReplaced { get; set; }
}
