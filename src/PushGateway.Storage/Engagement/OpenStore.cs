using PushGateway.Core.Engagement;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Engagement;

internal sealed class OpenStore(StoreWriter writer) : IOpenStore
{
    public Task<IReadOnlyList<OpenStatus>> RecordAsync(
        int appKey, string? subscriberId, IReadOnlyList<OpenedNotification> opened, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(opened);
        return writer.RunAsync(session => OpenRecording.Record(session, appKey, subscriberId, opened), cancellationToken, mayWait: true);
    }
}
