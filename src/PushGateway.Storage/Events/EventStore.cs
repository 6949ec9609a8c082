using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Events;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Live;
using PushGateway.Storage.Retention;

namespace PushGateway.Storage.Events;

internal sealed class EventStore(StoreWriter writer, ReadPool reads, LiveAppending live, TimeProvider timeProvider) : IEventStore
{
    public Task<PublishReceipt> PublishAsync(
        int appKey, PushEvent pushEvent, IdempotencyKey? idempotencyKey, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pushEvent);
        // Not on the writer: others wait there.
        var content = PushEventJson.Serialize(pushEvent);
        var item = new EventToPublish(pushEvent, idempotencyKey);
        return writer.RunAsync(session => EventPublishing.Publish(session, appKey, item, content, live), cancellationToken);
    }

    public Task<IReadOnlyList<PublishReceipt>> PublishBatchAsync(
        int appKey, IReadOnlyList<EventToPublish> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var contents = batch.Select(item => PushEventJson.Serialize(item.Event)).ToArray();
        return writer.RunAsync<IReadOnlyList<PublishReceipt>>(
            session =>
            {
                var receipts = new PublishReceipt[batch.Count];
                var estimates = new Dictionary<Audience, AudienceEstimate>(ReferenceEqualityComparer.Instance);
                for (var index = 0; index < receipts.Length; index++)
                {
                    receipts[index] = EventPublishing.Publish(session, appKey, batch[index], contents[index], live, estimates);
                }

                return receipts;
            },
            cancellationToken);
    }

    public async Task<EventRecord?> FindAsync(int appKey, string eventId, CancellationToken cancellationToken) => await reads.ReadAsync(
        session =>
        {
            using var context = session.CreateContext();
            var row = context.Events.AsNoTracking().SingleOrDefault(row => row.EventId == eventId && row.AppKey == appKey);
            return row is null ? null : EventRows.ToRecord(session, row);
        },
        cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<EventRecord>> ListAsync(int appKey, long? before, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                return context.Events.AsNoTracking()
                    .Where(row => row.AppKey == appKey && row.EventKey < (before ?? long.MaxValue))
                    .OrderByDescending(row => row.EventKey)
                    .Take(limit)
                    .ToList()
                    .ConvertAll(row => EventRows.ToRecord(session, row));
            },
            cancellationToken).ConfigureAwait(false);
    }

    public Task<(EventRecord Event, bool Allowed)?> ControlAsync(
        int appKey, string eventId, EventControl control, CancellationToken cancellationToken) => writer.RunAsync<(EventRecord, bool)?>(
        session =>
        {
            using var context = session.CreateContext();
            var row = context.Events.SingleOrDefault(row => row.EventId == eventId && row.AppKey == appKey);
            if (row is null)
            {
                return null;
            }

            session.Ring(StoreTopic.Wish, row.EventKey);
            var allowed = EventControlling.TryApply(row, control, timeProvider.GetUtcNow());
            context.SaveChanges();
            return (EventRows.ToRecord(session, row), allowed);
        },
        cancellationToken);

    public Task<bool> ForgetAsync(long eventKey, CancellationToken cancellationToken) =>
        writer.RunAsync(session => RetentionStep.Forget(session, eventKey), cancellationToken);

    public async Task<long> EstimateAudienceAsync(int appKey, Audience audience, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(audience);
        return await reads.ReadAsync(session => AudienceEstimate.Of(session, appKey, audience).Members, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<CoursePoint>> ReadCourseAsync(EventRecord record, int maxPoints, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPoints, 2);
        return await reads.ReadAsync(session => EventCompletion.ReadCourse(session, record.Key, maxPoints), cancellationToken).ConfigureAwait(false);
    }

    public async Task<ReceiptPage> ListReceiptsAsync(
        EventRecord record, ReceiptOutcome? outcome, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var from = ReceiptCursor.Parse(cursor);
        return await reads.ReadAsync(session => ReceiptReader.List(session, record, outcome, limit, from), cancellationToken)
            .ConfigureAwait(false);
    }

    public async Task<Receipt?> FindReceiptAsync(EventRecord record, string deviceId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        return await reads.ReadAsync(session => ReceiptReader.Find(session, record, deviceId), cancellationToken).ConfigureAwait(false);
    }

    public async Task<ReceiptHistoryPage?> ReadHistoryAsync(int appKey, HistoryOwner owner, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var from = HistoryCursor.Parse(cursor);
        return await reads.ReadAsync(session => HistoryReader.Read(session, appKey, owner, limit, from, HistoryReader.MaxWork), cancellationToken)
            .ConfigureAwait(false);
    }
}
