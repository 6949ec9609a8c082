namespace PushGateway.Core.Devices;

/// <summary>Persistence of devices and subscriptions. Every method that changes something returns once the change is durable.</summary>
/// <remarks>
/// Kept true by the store: a token belongs to one device (registering it elsewhere moves it, the former device is removed);
/// a device belongs to one subscriber; a subscription belongs to a subscriber. All throw <see cref="StoreUnavailableException"/>
/// when writes are impossible. <c>appKey</c> is <see cref="Apps.App.Key"/>.
/// </remarks>
public interface IDeviceStore
{
    /// <summary>Creates or updates one device and refreshes its last-seen time. Lifts a quarantine.</summary>
    Task<RegistrationChange> RegisterAsync(int appKey, DeviceRegistration registration, CancellationToken cancellationToken);

    /// <summary>Registers many at once in one durable transaction; results in the order given. A later line of the batch wins over an earlier one.</summary>
    Task<RegistrationChange[]> ImportAsync(int appKey, IReadOnlyList<DeviceImport> devices, CancellationToken cancellationToken);

    Task<Device?> FindAsync(int appKey, string deviceId, CancellationToken cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    Task<bool> RemoveAsync(int appKey, string deviceId, CancellationToken cancellationToken);

    /// <returns>The subscriber's devices by key, none when the subscriber is unknown.</returns>
    Task<IReadOnlyList<Device>> ListBySubscriberAsync(int appKey, string subscriberId, CancellationToken cancellationToken);

    /// <summary>Streams all devices of an app with their channels, with flat memory.</summary>
    IAsyncEnumerable<DeviceExport> ExportAsync(int appKey, CancellationToken cancellationToken);

    /// <summary>Subscribes; repeating it changes nothing. Creates the subscriber and the channel when they are new.</summary>
    Task SubscribeAsync(int appKey, string channelId, string subscriberId, CancellationToken cancellationToken);

    /// <summary>Unsubscribes; repeating it changes nothing.</summary>
    Task UnsubscribeAsync(int appKey, string channelId, string subscriberId, CancellationToken cancellationToken);

    /// <returns>Channel ids in ordinal order.</returns>
    Task<IReadOnlyList<string>> ListChannelsAsync(int appKey, string subscriberId, CancellationToken cancellationToken);

    /// <returns>How many subscribers the channel has; 0 for one nobody ever subscribed to.</returns>
    Task<long> CountSubscribersAsync(int appKey, string channelId, CancellationToken cancellationToken);
}

/// <summary>One device as exported.</summary>
public readonly record struct DeviceExport(Device Device, IReadOnlyList<string> Channels);
