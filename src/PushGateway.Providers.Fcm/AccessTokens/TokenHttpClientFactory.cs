using System.Net;
using Google.Apis.Http;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm.AccessTokens;

/// <summary>Clients for the token endpoint that trust the app's certificates too, and go the way that the messages go.</summary>
internal sealed class TokenHttpClientFactory(TrustedCertificates trusted, PostProxy? proxy, TimeSpan connectTimeout) : HttpClientFactory
{
    protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new TokenAnswerHandler(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = connectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        SslOptions = trusted.CreateTlsOptions(),
        UseCookies = false,
        UseProxy = proxy is not null,
        Proxy = proxy is null ? null : new WebProxy(proxy.Address)
        {
            Credentials = proxy.UserName is null ? null : new NetworkCredential(proxy.UserName, proxy.Password),
        },
    });
}
