using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Connections;

/// <summary>One open stream: a request on its way and what has come of its answer so far. A place in <see cref="StreamTable"/>, used again and again.</summary>
internal struct StreamSlot
{
    /// <summary>0 while the slot is free.</summary>
    public int StreamId;

    /// <summary>The batch that the request belongs to, and its index there.</summary>
    public BatchTicket Ticket;
    public int Index;

    /// <summary>Timestamp of the pool's clock when the request was begun.</summary>
    public long BegunAt;

    /// <summary>Bytes of the body that the peer still takes on this stream; may be negative (RFC 9113, section 6.9.2).</summary>
    public long SendWindow;

    /// <summary>What of the body had no room in the windows yet; rented. <see langword="null"/> once all is sent.</summary>
    public byte[]? Rest;
    public int RestStart;
    public int RestEnd;

    /// <summary>Bytes received on the stream and not given back to the peer's window.</summary>
    public int ReceiveDebt;

    /// <summary>The final status; 0 until its header has come.</summary>
    public int Status;

    /// <summary>The <c>content-length</c>, or -1.</summary>
    public long ContentLength;
    public TimeSpan? RetryAfter;
    public DateTimeOffset? Date;

    /// <summary>The first bytes of the answer's body; rented when the first of them comes.</summary>
    public byte[]? Body;
    public int BodyLength;
}
