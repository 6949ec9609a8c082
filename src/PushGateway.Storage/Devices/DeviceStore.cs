using System.Runtime.CompilerServices;
using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Removals;
using PushGateway.Storage.Subscribers;

namespace PushGateway.Storage.Devices;

internal sealed class DeviceStore(StoreWriter writer, ReadPool reads, DeviceReader reader) : IDeviceStore, ISubscriberDevices
{
    public Task<RegistrationChange> RegisterAsync(int appKey, DeviceRegistration registration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(registration);
        return writer.RunAsync(
            session =>
            {
                var devices = new DeviceWriter(session, appKey);
                var change = devices.Register(registration);
                devices.Finish();
                return change;
            },
            cancellationToken);
    }

    public Task<RegistrationChange[]> ImportAsync(int appKey, IReadOnlyList<DeviceImport> devices, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(devices);
        return writer.RunAsync(
            session =>
            {
                var changes = new RegistrationChange?[devices.Count];
                var target = new DeviceWriter(session, appKey);
                session.Dialect.Bulk?.RegisterNew(session, appKey, devices, changes, target);
                for (var index = 0; index < changes.Length; index++)
                {
                    if (changes[index] is not null)
                    {
                        continue;
                    }

                    changes[index] = target.Register(devices[index].Registration);
                    foreach (var channelId in devices[index].Channels)
                    {
                        target.Subscribe(channelId, devices[index].Registration.SubscriberId);
                    }
                }

                target.Finish();
                return Array.ConvertAll(changes, static change => change!.Value);
            },
            cancellationToken, mayWait: true);
    }

    public async Task<Device?> FindAsync(int appKey, string deviceId, CancellationToken cancellationToken) =>
        await reads.ReadAsync(session => reader.Find(session, appKey, deviceId), cancellationToken).ConfigureAwait(false);

    public Task<bool> RemoveAsync(int appKey, string deviceId, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            RemovalRecording.Forget(session, appKey, deviceId);
            if (StoredDevice.FindById(session, appKey, deviceId) is not { } device)
            {
                return false;
            }

            var devices = new DeviceWriter(session, appKey);
            devices.Remove(device, RemovalReasons.Requested);
            devices.Finish();
            return true;
        },
        cancellationToken);

    public Task<OwnRegistration> RegisterOwnAsync(int appKey, DeviceRegistration registration, int mostDevices, DateTimeOffset tokenMadeAt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(registration);
        return writer.RunAsync(
            session =>
            {
                var devices = new DeviceWriter(session, appKey);
                var status = DeletedSubscribers.IsDeletedSince(session, appKey, registration.SubscriberId, tokenMadeAt)
                    ? OwnChangeStatus.SubscriberDeleted
                    : devices.MayRegisterOwn(registration, mostDevices);
                if (status != OwnChangeStatus.Done)
                {
                    return new OwnRegistration(status, default);
                }

                var change = devices.Register(registration);
                devices.Finish();
                return new OwnRegistration(status, change);
            },
            cancellationToken);
    }

    public Task<bool> RemoveOwnAsync(int appKey, string subscriberId, string deviceId, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            var devices = new DeviceWriter(session, appKey);
            if (StoredDevice.FindById(session, appKey, deviceId) is not { } device || device.SubscriberKey != devices.KeyOf(subscriberId))
            {
                return false;
            }

            // What another subscriber had under this id is not this one's to forget.
            RemovalRecording.Forget(session, appKey, deviceId, device.SubscriberKey);
            devices.Remove(device, RemovalReasons.Requested);
            devices.Finish();
            return true;
        },
        cancellationToken);

    public Task<OwnChangeStatus> SubscribeOwnAsync(
        int appKey, string channelId, string subscriberId, int mostChannels, DateTimeOffset tokenMadeAt, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            if (DeletedSubscribers.IsDeletedSince(session, appKey, subscriberId, tokenMadeAt))
            {
                return OwnChangeStatus.SubscriberDeleted;
            }

            var devices = new DeviceWriter(session, appKey);
            if (!devices.MaySubscribeOwn(channelId, subscriberId, mostChannels))
            {
                return OwnChangeStatus.TooMany;
            }

            devices.Subscribe(channelId, subscriberId);
            devices.Finish();
            return OwnChangeStatus.Done;
        },
        cancellationToken);

    public async Task<IReadOnlyList<Device>> ListBySubscriberAsync(int appKey, string subscriberId, CancellationToken cancellationToken) =>
        await reads.ReadAsync(session => reader.ListBySubscriber(session, appKey, subscriberId), cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<DeviceExport> ExportAsync(int appKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            // Page by page, each a read of its own: a slow receiver must not hold an old snapshot, which the log would have to keep.
            ExportPage? page = null;
            do
            {
                var after = page?.End ?? default;
                page = await reads.ReadAsync(session => reader.ReadExportPage(session, appKey, shard, after), cancellationToken)
                    .ConfigureAwait(false);
                foreach (var device in page.Devices)
                {
                    yield return device;
                }
            }
            while (!page.IsLast);
        }
    }

    public Task SubscribeAsync(int appKey, string channelId, string subscriberId, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            var devices = new DeviceWriter(session, appKey);
            devices.Subscribe(channelId, subscriberId);
            devices.Finish();
        },
        cancellationToken);

    public Task UnsubscribeAsync(int appKey, string channelId, string subscriberId, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            var devices = new DeviceWriter(session, appKey);
            devices.Unsubscribe(channelId, subscriberId);
            devices.Finish();
        },
        cancellationToken);

    public async Task<IReadOnlyList<string>> ListChannelsAsync(int appKey, string subscriberId, CancellationToken cancellationToken) =>
        await reads.ReadAsync(session => DeviceReader.ListChannels(session, appKey, subscriberId), cancellationToken).ConfigureAwait(false);

    public async Task<long> CountSubscribersAsync(int appKey, string channelId, CancellationToken cancellationToken) =>
        await reads.ReadAsync(
            session => AudienceEstimate.FindChannel(session, appKey, channelId) is { } channelKey
                ? AudienceEstimate.CountMembers(session, appKey, channelKey)
                : 0,
            cancellationToken).ConfigureAwait(false);
}
