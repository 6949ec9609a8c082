using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;

namespace PushGateway.Dispatch;

internal sealed class EventPublisher(IEventStore events, IAppStore apps, IFanOutDispatcher dispatcher) : IEventPublisher
{
    public async Task<PublishReceipt> PublishAsync(
        int appKey, PushEvent pushEvent, IdempotencyKey? idempotencyKey, CancellationToken cancellationToken) =>
        (await PublishBatchAsync(appKey, [new EventToPublish(pushEvent, idempotencyKey)], cancellationToken))[0];

    public async Task<IReadOnlyList<PublishReceipt>> PublishBatchAsync(
        int appKey, IReadOnlyList<EventToPublish> batch, CancellationToken cancellationToken)
    {
        // Without the app the events wait in the store, as they would if it were deleted a moment later.
        var app = apps.Find(appKey);
        using var span = DispatchTracing.StartPublish(app?.Id, batch);
        if (DispatchTracing.ContextToKeep(span) is { } traceParent)
        {
            batch = [.. batch.Select(item => item with { Event = item.Event with { TraceParent = traceParent } })];
        }

        var items = app is not null ? [.. batch.Select(item => item with { Query = FanOut.QueryForFirstPage(app, item.Event) })] : batch;
        var receipts = await events.PublishBatchAsync(appKey, items, cancellationToken);
        foreach (var receipt in receipts)
        {
            if (receipt is { Status: PublishStatus.Published, Event: { } record, Plan: { } plan })
            {
                dispatcher.Submit(record, plan);
            }
        }

        return receipts;
    }
}
