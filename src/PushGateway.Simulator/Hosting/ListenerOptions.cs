using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PushGateway.Simulator.Hosting;

/// <summary>Where and how one simulated service listens.</summary>
internal sealed record ListenerOptions
{
    public required IPAddress Address { get; init; }

    /// <summary>0 takes any free port.</summary>
    public required int Port { get; init; }

    public required HttpProtocols Protocols { get; init; }

    /// <summary>Null is plain HTTP.</summary>
    public X509Certificate2? Certificate { get; init; }

    public int MaxStreams { get; init; } = 100;

    /// <summary>Ask for a client certificate in the handshake, as APNs does; sending none is fine.</summary>
    public bool AsksForClientCertificate { get; init; }
}
