namespace PushGateway.Core.Live;

/// <summary>What became of a client's word that it has the live message of an event.</summary>
public enum ConfirmStatus : byte
{
    /// <summary>Recorded, or was before; what has been sent already is not affected.</summary>
    Confirmed,

    /// <summary>The event is final: nothing was recorded, and nothing more will be sent.</summary>
    Late,

    /// <summary>The event does not wait for confirmations.</summary>
    NotAwaited,

    /// <summary>The app has no such event.</summary>
    UnknownEvent,

    /// <summary>A device that was named is not there, or another subscriber's; nothing was recorded.</summary>
    UnknownDevice,
}

/// <summary>Who has confirmed the live message of an event that goes to connected clients first (<see cref="Events.LiveMode.First"/>). Durable, and the same for every gateway of the store.</summary>
/// <remarks>Kept as long as the event. At most one row for each device and subscriber.</remarks>
public interface ILiveConfirmationStore
{
    /// <summary>Records that devices need not be sent the notification. All of it or nothing, durable when it returns.</summary>
    /// <param name="subscriberId">Whose devices they are; <see langword="null"/> for anybody's.</param>
    /// <param name="devices">Their ids; <see langword="null"/> for all the subscriber's devices, which must be given then.</param>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<ConfirmStatus> ConfirmAsync(int appKey, string eventId, string? subscriberId, IReadOnlyList<string>? devices, CancellationToken cancellationToken);
}
