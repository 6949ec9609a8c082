using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PushGateway.Http2;

/// <summary>Certificates trusted in addition to the system's roots: a private authority, or a server's own self-signed certificate. Immutable.</summary>
public sealed class TrustedCertificates
{
    // TLS web server authentication, RFC 5280 section 4.2.1.12: a certificate for another purpose must not speak for a host.
    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly X509Certificate2Collection _certificates;

    private TrustedCertificates(X509Certificate2Collection certificates) => _certificates = certificates;

    /// <summary>The system's roots only.</summary>
    public static TrustedCertificates None { get; } = new([]);

    public int Count => _certificates.Count;

    /// <param name="pem">One or more PEM certificates; nothing or white space gives <see cref="None"/>.</param>
    /// <exception cref="FormatException">The text holds no certificate, or one that cannot be read.</exception>
    public static TrustedCertificates Parse(string? pem)
    {
        if (string.IsNullOrWhiteSpace(pem))
        {
            return None;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            throw new FormatException("A PEM certificate cannot be read.", exception);
        }

        return certificates.Count > 0
            ? new TrustedCertificates(certificates)
            : throw new FormatException("The text holds no PEM certificate (-----BEGIN CERTIFICATE-----).");
    }

    /// <summary>TLS options that accept what the system accepts, or a chain to one of these certificates. A wrong host name is never accepted.</summary>
    public SslClientAuthenticationOptions CreateTlsOptions() =>
        _certificates.Count == 0 ? new SslClientAuthenticationOptions() : new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = Validate };

    private bool Validate(object sender, X509Certificate? certificate, X509Chain? systemChain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_certificates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(s_serverAuthentication);
        if (systemChain is not null)
        {
            // The intermediate certificates that the server sent.
            foreach (var element in systemChain.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        var isTrusted = chain.Build(server);
        foreach (var element in chain.ChainElements)
        {
            element.Certificate.Dispose();
        }

        return isTrusted;
    }
}
