namespace PushGateway.Core.Events;

/// <summary>The one way in for events, whichever door they come through.</summary>
public interface IEventPublisher
{
    /// <summary>Commits the event, then lets its fan-out begin. The receipt means durable, not sent.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<PublishReceipt> PublishAsync(int appKey, PushEvent pushEvent, IdempotencyKey? idempotencyKey, CancellationToken cancellationToken);
}
