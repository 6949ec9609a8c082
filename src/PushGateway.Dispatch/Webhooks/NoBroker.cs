using PushGateway.Core.Messaging;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Stands in where no broker is built in.</summary>
internal sealed class NoBroker : INoticePublisher
{
    public bool IsConfigured => false;

    public Task<PublishedNotices> PublishAsync(string exchange, IReadOnlyList<BrokerNotice> notices, CancellationToken cancellationToken) =>
        Task.FromResult(new PublishedNotices([], "No broker is configured."));
}
