using PushGateway.Core.Devices;

namespace PushGateway.Core.Subscribers;

/// <summary>All that is kept of one person: to hand it out, and to delete it.</summary>
public interface ISubscriberStore
{
    /// <summary>
    /// Deletes the subscriber with everything of theirs: devices, subscriptions, records of devices removed before, what was opened, charges of the daily cap. Tokens that were made for
    /// the subscriber until now are good for nothing any more.
    /// </summary>
    /// <remarks>
    /// The subscriber is gone with the first change; the rest goes in bounded steps, and whatever a stop leaves is removed after the next start. Repeating it is harmless. Whoever registers
    /// under the id from then on is another subscriber.
    /// </remarks>
    /// <returns>Once nothing is left; whether there was such a subscriber.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take changes now; what has been begun is finished later.</exception>
    Task<bool> DeleteAsync(int appKey, string subscriberId, CancellationToken cancellationToken);

    /// <summary>What is kept of the subscriber's devices, also of those that are no more.</summary>
    /// <returns><see langword="null"/> when there is no such subscriber.</returns>
    Task<SubscriberRecord?> FindAsync(int appKey, string subscriberId, CancellationToken cancellationToken);

    /// <summary>What became of the notifications for the subscriber's devices, newest event first, for as long as events are kept. Streamed, with flat memory.</summary>
    IAsyncEnumerable<SentNotification> ReadSentAsync(SubscriberRecord subscriber, CancellationToken cancellationToken);

    /// <summary>What was opened on the subscriber's devices.</summary>
    IAsyncEnumerable<OpenedEvent> ReadOpenedAsync(SubscriberRecord subscriber, CancellationToken cancellationToken);
}

/// <summary>What is kept of a subscriber, but for what was sent.</summary>
public sealed record SubscriberRecord
{
    public required int AppKey { get; init; }

    /// <summary>The store's own number; never reused.</summary>
    public required long Key { get; init; }

    public required string Id { get; init; }

    /// <summary>By key.</summary>
    public required IReadOnlyList<Device> Devices { get; init; }

    /// <summary>Ids in ordinal order.</summary>
    public required IReadOnlyList<string> Channels { get; init; }

    /// <summary>By key.</summary>
    public required IReadOnlyList<RemovedDevice> Removed { get; init; }

    /// <summary>Ids of devices by the store's own number, under which receipts know them.</summary>
    public required IReadOnlyDictionary<long, string> DeviceIds { get; init; }
}
