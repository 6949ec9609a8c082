namespace PushGateway.Core.Devices;

/// <summary>What became of a change by a subscriber's own app.</summary>
public enum OwnChangeStatus : byte
{
    Done,

    /// <summary>The device is another subscriber's, and the registration does not show its token; nothing changed.</summary>
    Taken,

    /// <summary>The subscriber has as many devices, or channels, as it may; nothing changed.</summary>
    TooMany,

    /// <summary>The subscriber was deleted when the token was made, or since; nothing changed.</summary>
    SubscriberDeleted,
}

/// <param name="Change">Of one that is <see cref="OwnChangeStatus.Done"/>.</param>
public readonly record struct OwnRegistration(OwnChangeStatus Status, RegistrationChange Change);

/// <summary>Devices and subscriptions as a subscriber's own app may change them: those of one subscriber, and nobody else's.</summary>
/// <remarks>
/// A device that another subscriber has is taken over only by whoever shows the token it is registered with, which the provider gives to that installation alone: that is the same phone, with
/// somebody else signed in. Whoever only knows its id cannot. Every change returns once it is durable, and throws <see cref="StoreUnavailableException"/> when that is impossible.
/// </remarks>
public interface ISubscriberDevices
{
    /// <param name="mostDevices">How many the subscriber may have, 1 or more.</param>
    /// <param name="tokenMadeAt">A token that was good when the request came may have been ended before the change.</param>
    Task<OwnRegistration> RegisterOwnAsync(int appKey, DeviceRegistration registration, int mostDevices, DateTimeOffset tokenMadeAt, CancellationToken cancellationToken);

    /// <returns><see langword="false"/> when the subscriber has no such device.</returns>
    Task<bool> RemoveOwnAsync(int appKey, string subscriberId, string deviceId, CancellationToken cancellationToken);

    /// <param name="mostChannels">How many the subscriber may be subscribed to, 1 or more.</param>
    /// <param name="tokenMadeAt">As of <see cref="RegisterOwnAsync"/>.</param>
    Task<OwnChangeStatus> SubscribeOwnAsync(int appKey, string channelId, string subscriberId, int mostChannels, DateTimeOffset tokenMadeAt, CancellationToken cancellationToken);
}
