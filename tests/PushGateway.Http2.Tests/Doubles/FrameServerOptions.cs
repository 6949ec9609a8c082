using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>How a <see cref="FrameServer"/> listens.</summary>
internal sealed record FrameServerOptions
{
    public bool Tls { get; init; } = true;

    /// <summary>The protocol the server chooses, or <see langword="null"/> for a server that knows no ALPN.</summary>
    public SslApplicationProtocol? Alpn { get; init; } = SslApplicationProtocol.Http2;

    public SslProtocols TlsVersions { get; init; } = SslProtocols.None;

    public X509Certificate2 Certificate { get; init; } = TestCertificates.Loopback;

    /// <summary>Bytes of the TCP receive buffer; 0 leaves it to the system.</summary>
    public int ReceiveBuffer { get; init; }

    /// <summary>Time for the whole test, after which reads fail.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);
}
