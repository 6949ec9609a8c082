using PushGateway.Core.Live;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Live;

internal sealed class LiveConfirmationStore(StoreWriter writer, ReadPool reads) : ILiveConfirmationStore
{
    public async Task<ConfirmStatus> ConfirmAsync(
        int appKey, string eventId, string? subscriberId, IReadOnlyList<string>? devices, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventId);
        if (devices is null)
        {
            ArgumentException.ThrowIfNullOrEmpty(subscriberId);
        }

        // Aside, because everybody waits for the writer, and many confirm at once.
        var (status, eventKey) = await reads.ReadAsync(session => LiveConfirming.Check(session, appKey, eventId), cancellationToken).ConfigureAwait(false);
        return status == ConfirmStatus.Confirmed
            ? await writer.RunAsync(session => LiveConfirming.Record(session, appKey, eventKey, subscriberId, devices), cancellationToken).ConfigureAwait(false)
            : status;
    }
}
