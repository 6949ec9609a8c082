using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PushGateway.Simulator.Credentials;

/// <summary>A throw-away certificate authority and a server certificate it signed. The authority's private key is forgotten at once: it can sign nothing else.</summary>
internal sealed class CertificateSet : IDisposable
{
    private const int LifetimeDays = 800;

    private CertificateSet(string authorityPem, X509Certificate2 server)
    {
        AuthorityPem = authorityPem;
        Server = server;
    }

    public string AuthorityPem { get; }

    public X509Certificate2 Server { get; }

    /// <summary>Makes a new set for localhost, both loopback addresses and <paramref name="address"/>.</summary>
    /// <param name="address">The address listened on.</param>
    /// <param name="now">Must be real time: clients judge the dates by their own clocks, not by the simulator's.</param>
    public static CertificateSet Create(IPAddress address, DateTimeOffset now)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=PushGateway Simulator throw-away authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, critical: false));
        using var authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(LifetimeDays));

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serverRequest = new CertificateRequest("CN=localhost", serverKey, HashAlgorithmName.SHA256);
        serverRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        serverRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        serverRequest.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        serverRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(serverRequest.PublicKey, critical: false));
        serverRequest.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        serverRequest.CertificateExtensions.Add(SubjectNames(address));
        using var signed = serverRequest.Create(authority, now.AddDays(-1), now.AddDays(LifetimeDays - 1), RandomNumberGenerator.GetBytes(16));
        using var withKey = signed.CopyWithPrivateKey(serverKey);
        return new CertificateSet(authority.ExportCertificatePem(), Reimport(withKey));
    }

    /// <summary>Reads back what <see cref="ServerPem"/> and <see cref="AuthorityPem"/> gave.</summary>
    /// <exception cref="CryptographicException">The text is no certificate with its key.</exception>
    public static CertificateSet Read(string authorityPem, string serverPem)
    {
        using var withKey = X509Certificate2.CreateFromPem(serverPem, serverPem);
        return new CertificateSet(authorityPem, Reimport(withKey));
    }

    /// <summary>The server certificate and its private key.</summary>
    public string ServerPem()
    {
        using var key = Server.GetECDsaPrivateKey()!;
        return $"{Server.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    public bool IsValidAt(DateTimeOffset instant) => instant >= Server.NotBefore && instant.AddDays(1) < Server.NotAfter;

    public void Dispose() => Server.Dispose();

    private static X509Extension SubjectNames(IPAddress address)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        if (!IPAddress.IsLoopback(address))
        {
            names.AddIpAddress(address);
        }

        return names.Build();
    }

    // Windows' TLS cannot use a key that exists in memory only; a PKCS#12 round trip gives it one it can use, and changes nothing elsewhere.
    private static X509Certificate2 Reimport(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
}
