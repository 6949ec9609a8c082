using PushGateway.Core.Events;
using PushGateway.Core.FanOut;

namespace PushGateway.Dispatch;

internal sealed class EventPublisher(IEventStore events, IFanOutDispatcher dispatcher) : IEventPublisher
{
    public async Task<PublishReceipt> PublishAsync(
        int appKey, PushEvent pushEvent, IdempotencyKey? idempotencyKey, CancellationToken cancellationToken)
    {
        var receipt = await events.PublishAsync(appKey, pushEvent, idempotencyKey, cancellationToken);
        if (receipt is { Status: PublishStatus.Published, Event: { } record, Plan: { } plan })
        {
            dispatcher.Submit(record, plan);
        }

        return receipt;
    }
}
