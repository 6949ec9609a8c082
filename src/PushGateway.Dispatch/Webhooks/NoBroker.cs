using PushGateway.Core.Messaging;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Stands in where no broker is built in.</summary>
internal sealed class NoBroker : INoticePublisher
{
    public bool IsConfigured => false;

    public Task<string?> PublishAsync(string exchange, IReadOnlyList<BrokerNotice> notices, CancellationToken cancellationToken) =>
        Task.FromResult<string?>("No broker is configured.");
}
