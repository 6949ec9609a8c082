using PushGateway.Core.Events;
using PushGateway.Core.FanOut;

namespace PushGateway.Dispatch;

internal sealed class EventPublisher(IEventStore events, IFanOutDispatcher dispatcher) : IEventPublisher
{
    public async Task<PublishReceipt> PublishAsync(
        int appKey, PushEvent pushEvent, IdempotencyKey? idempotencyKey, CancellationToken cancellationToken)
    {
        var receipt = await events.PublishAsync(appKey, pushEvent, idempotencyKey, cancellationToken);
        Begin(receipt);
        return receipt;
    }

    public async Task<IReadOnlyList<PublishReceipt>> PublishBatchAsync(
        int appKey, IReadOnlyList<EventToPublish> batch, CancellationToken cancellationToken)
    {
        var receipts = await events.PublishBatchAsync(appKey, batch, cancellationToken);
        foreach (var receipt in receipts)
        {
            Begin(receipt);
        }

        return receipts;
    }

    private void Begin(PublishReceipt receipt)
    {
        if (receipt is { Status: PublishStatus.Published, Event: { } record, Plan: { } plan })
        {
            dispatcher.Submit(record, plan);
        }
    }
}
