using Microsoft.Extensions.Logging;

namespace PushGateway.Http2.Sockets;

/// <summary>Pools over the platform's <see cref="SocketsHttpHandler"/>.</summary>
public sealed class SocketsHttpPostPoolFactory(ILogger<SocketsHttpPostPoolFactory> logger, TimeProvider timeProvider) : IPostPoolFactory
{
    public IPostConnectionPool Create(PostPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new SocketsHttpPostPool(options, logger, timeProvider);
    }
}
