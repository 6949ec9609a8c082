namespace PushGateway.Core.Devices;

/// <summary>What became of a registration by a subscriber's own app.</summary>
public enum OwnRegistrationStatus : byte
{
    Done,

    /// <summary>The device is another subscriber's, and the registration does not show its token; nothing changed.</summary>
    Taken,

    /// <summary>The subscriber has as many devices as it may; nothing changed.</summary>
    TooMany,
}

/// <param name="Change">Of one that is <see cref="OwnRegistrationStatus.Done"/>.</param>
public readonly record struct OwnRegistration(OwnRegistrationStatus Status, RegistrationChange Change);

/// <summary>Devices and subscriptions as a subscriber's own app may change them: those of one subscriber, and nobody else's.</summary>
/// <remarks>
/// A device that another subscriber has is taken over only by whoever shows the token it is registered with, which the provider gives to that installation alone: that is the same phone, with
/// somebody else signed in. Whoever only knows its id cannot. Every change returns once it is durable, and throws <see cref="StoreUnavailableException"/> when that is impossible.
/// </remarks>
public interface ISubscriberDevices
{
    /// <param name="mostDevices">How many the subscriber may have, 1 or more.</param>
    Task<OwnRegistration> RegisterOwnAsync(int appKey, DeviceRegistration registration, int mostDevices, CancellationToken cancellationToken);

    /// <returns><see langword="false"/> when the subscriber has no such device.</returns>
    Task<bool> RemoveOwnAsync(int appKey, string subscriberId, string deviceId, CancellationToken cancellationToken);

    /// <param name="mostChannels">How many the subscriber may be subscribed to, 1 or more.</param>
    /// <returns><see langword="false"/> when the subscriber is subscribed to as many as it may; nothing changed then.</returns>
    Task<bool> SubscribeOwnAsync(int appKey, string channelId, string subscriberId, int mostChannels, CancellationToken cancellationToken);
}
