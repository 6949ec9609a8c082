using PushGateway.Core;
using PushGateway.Core.Devices;

namespace PushGateway.Server.Tests.Api;

/// <summary>The store itself, until it has taken a number of imports; from then on it takes none, as when a disk is full.</summary>
internal sealed class FailingDeviceStore(IDeviceStore store) : IDeviceStore
{
    private int _imports;

    public int FailAfterImports { get; set; } = int.MaxValue;

    public Task<RegistrationChange[]> ImportAsync(int appKey, IReadOnlyList<DeviceImport> devices, CancellationToken cancellationToken) =>
        Interlocked.Increment(ref _imports) > FailAfterImports
            ? Task.FromException<RegistrationChange[]>(new StoreUnavailableException("The disk is full. Nothing was changed."))
            : store.ImportAsync(appKey, devices, cancellationToken);

    public Task<RegistrationChange> RegisterAsync(int appKey, DeviceRegistration registration, CancellationToken cancellationToken) =>
        store.RegisterAsync(appKey, registration, cancellationToken);

    public Task<Device?> FindAsync(int appKey, string deviceId, CancellationToken cancellationToken) => store.FindAsync(appKey, deviceId, cancellationToken);

    public Task<bool> RemoveAsync(int appKey, string deviceId, CancellationToken cancellationToken) => store.RemoveAsync(appKey, deviceId, cancellationToken);

    public Task<IReadOnlyList<Device>> ListBySubscriberAsync(int appKey, string subscriberId, CancellationToken cancellationToken) =>
        store.ListBySubscriberAsync(appKey, subscriberId, cancellationToken);

    public IAsyncEnumerable<DeviceExport> ExportAsync(int appKey, CancellationToken cancellationToken) => store.ExportAsync(appKey, cancellationToken);

    public Task SubscribeAsync(int appKey, string channelId, string subscriberId, CancellationToken cancellationToken) =>
        store.SubscribeAsync(appKey, channelId, subscriberId, cancellationToken);

    public Task UnsubscribeAsync(int appKey, string channelId, string subscriberId, CancellationToken cancellationToken) =>
        store.UnsubscribeAsync(appKey, channelId, subscriberId, cancellationToken);

    public Task<IReadOnlyList<string>> ListChannelsAsync(int appKey, string subscriberId, CancellationToken cancellationToken) =>
        store.ListChannelsAsync(appKey, subscriberId, cancellationToken);

    public Task<long> CountSubscribersAsync(int appKey, string channelId, CancellationToken cancellationToken) =>
        store.CountSubscribersAsync(appKey, channelId, cancellationToken);
}
