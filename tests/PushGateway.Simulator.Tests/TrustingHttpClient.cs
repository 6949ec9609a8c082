using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace PushGateway.Simulator.Tests;

/// <summary>An HTTP client that trusts the simulator's authority and nobody else, and checks host names as usual.</summary>
internal static class TrustingHttpClient
{
    public static HttpClient Create(string authorityPem, Uri endpoint, Version? version = null)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509Certificate2.CreateFromPem(authorityPem));
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
            UseProxy = false,
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
            AllowAutoRedirect = false,
        };
        return new HttpClient(handler)
        {
            BaseAddress = endpoint,
            DefaultRequestVersion = version ?? HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }
}
