namespace PushGateway.Core.Events;

/// <summary>The one way in for events, whichever door they come through.</summary>
public interface IEventPublisher
{
    /// <summary>Commits the event, then lets its fan-out begin. The receipt means durable, not sent.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<PublishReceipt> PublishAsync(int appKey, PushEvent pushEvent, IdempotencyKey? idempotencyKey, CancellationToken cancellationToken);

    /// <summary>The same for several events, with one commit for all of them; their order is kept.</summary>
    /// <returns>What became of each, in the same order. One that is known already or refused for its key changes nothing for the others.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written, of none of them.</exception>
    Task<IReadOnlyList<PublishReceipt>> PublishBatchAsync(
        int appKey, IReadOnlyList<EventToPublish> batch, CancellationToken cancellationToken);
}
