using System.Net.Sockets;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Connects wherever the address leads. The composition root replaces it with the operator's policy.</summary>
internal sealed class AnyDestination : IWebhookDestinations
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
