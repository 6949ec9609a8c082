namespace PushGateway.Http2;

/// <summary>Many small POSTs to one endpoint, asked for one at a time by the transport, which hands each answer back.</summary>
/// <remarks>
/// There is no object per request on this side: the transport brings a <see cref="PostRequest"/> that it reuses, the batch writes into it.
/// Requests of a batch run at the same time and in no order, so members may be called from several threads, each index by one at a time.
/// </remarks>
public abstract class PostBatch
{
    /// <summary>Requests in the batch; fixed while it is being sent.</summary>
    public abstract int Count { get; }

    /// <summary>
    /// How urgent it is: 0, the default, before 1 before 2, with 16 : 4 : 1 of the requests while batches of all three wait. Other values count
    /// as the nearest. Fixed while the batch is being sent.
    /// </summary>
    public virtual int Lane => 0;

    /// <summary>Asked before each request is begun; <see langword="false"/> leaves it and all that follow unsent.</summary>
    public virtual bool MayBegin => true;

    /// <summary>Writes request <paramref name="index"/>. May be called again for the same index when the first copy is known not to have been processed.</summary>
    /// <param name="request">Empty; belongs to the transport and must not be kept.</param>
    public abstract void Write(int index, PostRequest request);

    /// <summary>Takes the answer to request <paramref name="index"/>: exactly one for each request begun. Must be quick.</summary>
    public abstract void OnAnswer(int index, in PostAnswer answer);
}
