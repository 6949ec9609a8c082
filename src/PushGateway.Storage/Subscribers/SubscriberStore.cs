using System.Runtime.CompilerServices;
using PushGateway.Core;
using PushGateway.Core.Subscribers;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Subscribers;

internal sealed class SubscriberStore(StoreWriter writer, ReadPool reads, DeviceReader devices, DeletedSubscribers deleted, SubscriberPurger purger) : ISubscriberStore
{
    private const int EventsPerRead = 200;
    private const int OpenedPerRead = 1_000;

    public async Task<bool> DeleteAsync(int appKey, string subscriberId, CancellationToken cancellationToken)
    {
        if (!Identifier.IsValid(subscriberId))
        {
            throw new ArgumentException($"A subscriber id has {Identifier.Rule}.", nameof(subscriberId));
        }

        var wasThere = await writer.RunAsync(
            session =>
            {
                // Also of one who is not here: a token may have been made for whoever only listens.
                deleted.Record(session, appKey, subscriberId);
                return SubscriberPurge.Begin(session, appKey, subscriberId) is not null;
            },
            cancellationToken).ConfigureAwait(false);

        // Nothing finds the subscriber any more, but broadcasts still find the devices: that is not left to whether the caller waits for it.
        await purger.FinishAsync(appKey, subscriberId, CancellationToken.None).ConfigureAwait(false);
        return wasThere;
    }

    public async Task<SubscriberRecord?> FindAsync(int appKey, string subscriberId, CancellationToken cancellationToken) =>
        await reads.ReadAsync(session => SubscriberReader.Find(session, devices, appKey, subscriberId), cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<SentNotification> ReadSentAsync(SubscriberRecord subscriber, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subscriber);

        // Some events at a time, each read on its own: a slow receiver must not hold an old snapshot.
        long? before = long.MaxValue;
        while (before is { } from)
        {
            var (found, next) = await reads.ReadAsync(session => SubscriberReader.ReadSent(session, subscriber, from, EventsPerRead), cancellationToken).ConfigureAwait(false);
            foreach (var sent in found)
            {
                yield return sent;
            }

            before = next;
        }
    }

    public async IAsyncEnumerable<OpenedEvent> ReadOpenedAsync(SubscriberRecord subscriber, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        foreach (var (deviceKey, deviceId) in subscriber.DeviceIds)
        {
            long? after = 0;
            while (after is { } from)
            {
                var (found, next) = await reads.ReadAsync(session => SubscriberReader.ReadOpened(session, deviceKey, from, OpenedPerRead), cancellationToken)
                    .ConfigureAwait(false);
                foreach (var eventId in found)
                {
                    yield return new OpenedEvent(eventId, deviceId);
                }

                after = next;
            }
        }
    }
}
