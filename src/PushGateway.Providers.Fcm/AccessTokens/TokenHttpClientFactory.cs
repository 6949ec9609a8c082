using System.Net;
using Google.Apis.Http;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm.AccessTokens;

/// <summary>Clients for the token endpoint that trust the app's certificates too, and go the way that the messages go.</summary>
/// <param name="connect">Makes the connections, to where they may lead; <see langword="null"/> for the handler's own way. Not used with a proxy.</param>
internal sealed class TokenHttpClientFactory(
    TrustedCertificates trusted, PostProxy? proxy, TimeSpan connectTimeout, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect)
    : HttpClientFactory
{
    protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new TokenAnswerHandler(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectCallback = proxy is null ? connect : null,
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
