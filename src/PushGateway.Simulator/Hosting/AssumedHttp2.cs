using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace PushGateway.Simulator.Hosting;

/// <summary>
/// Lets a client speak HTTP/2 without having negotiated it in the handshake. Apple's servers do, some APNs clients rely on it, and Kestrel by itself hangs up on them.
/// </summary>
internal sealed class AssumedHttp2 : ITlsApplicationProtocolFeature
{
    private static readonly AssumedHttp2 s_instance = new();

    public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

    /// <summary>Connection middleware; belongs after TLS.</summary>
    public static ConnectionDelegate Use(ConnectionDelegate next) => context =>
    {
        if (context.Features.Get<ITlsApplicationProtocolFeature>() is not { ApplicationProtocol.IsEmpty: false })
        {
            context.Features.Set<ITlsApplicationProtocolFeature>(s_instance);
        }

        return next(context);
    };
}
