namespace PushGateway.Dispatch.Webhooks;

/// <summary>Makes the connections to webhooks, whose addresses callers of the API chose: only to where they may lead.</summary>
public interface IWebhookDestinations
{
    /// <summary>Connects to an address of the host that is allowed at this moment.</summary>
    /// <exception cref="HttpRequestException">No address of the host is allowed.</exception>
    ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken);
}
