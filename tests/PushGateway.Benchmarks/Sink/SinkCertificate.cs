using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PushGateway.Benchmarks.Sink;

/// <summary>A certificate for loopback and the authority that signed it, made for one run and forgotten with it.</summary>
internal sealed class SinkCertificate : IDisposable
{
    private SinkCertificate(string authorityPem, X509Certificate2 server) => (AuthorityPem, Server) = (authorityPem, server);

    /// <summary>What a client has to trust.</summary>
    public string AuthorityPem { get; }

    public X509Certificate2 Server { get; }

    public static SinkCertificate Create()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (start, end) = (now.AddDays(-1), now.AddDays(30));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=PushGateway benchmark authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = authorityRequest.CreateSelfSigned(start, end);

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serverRequest = new CertificateRequest("CN=localhost", serverKey, HashAlgorithmName.SHA256);
        serverRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        serverRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // TLS web server authentication, RFC 5280, section 4.2.1.12.
        serverRequest.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        serverRequest.CertificateExtensions.Add(names.Build());
        using var signed = serverRequest.Create(authority, start, end.AddHours(-1), RandomNumberGenerator.GetBytes(16));
        return new SinkCertificate(authority.ExportCertificatePem(), signed.CopyWithPrivateKey(serverKey));
    }

    public void Dispose() => Server.Dispose();
}
