using Google.Apis.Http;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm.AccessTokens;

/// <summary>Clients for the token endpoint that trust the app's certificates too.</summary>
internal sealed class TokenHttpClientFactory(TrustedCertificates trusted, TimeSpan connectTimeout) : HttpClientFactory
{
    protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new TokenAnswerHandler(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = connectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        SslOptions = trusted.CreateTlsOptions(),
        UseCookies = false,
        UseProxy = false,
    });
}
