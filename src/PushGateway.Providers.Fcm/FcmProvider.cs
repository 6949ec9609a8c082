using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Events;
using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Fcm.AccessTokens;
using PushGateway.Providers.Fcm.Answers;
using PushGateway.Providers.Fcm.Rendering;
using PushGateway.Providers.Fcm.Sending;

namespace PushGateway.Providers.Fcm;

/// <summary>Firebase Cloud Messaging, HTTP v1.</summary>
internal sealed class FcmProvider(
    IOptions<FcmOptions> options, IPostPoolFactory factory, OutboundPolicy outbound, ILogger<FcmProvider> logger, TimeProvider timeProvider) : IPushProvider
{
    private readonly ReasonVocabulary _vocabulary = new(FcmAnswerTable.Reasons);

    public ProviderKind Kind => ProviderKind.Fcm;

    public static Uri EndpointOf(FcmCredential credential) => credential.Endpoint ?? FcmDestinations.Messages;

    public RenderedNotification Render(ProviderCredential? credential, PushEvent pushEvent, NotificationContent content)
    {
        ArgumentNullException.ThrowIfNull(pushEvent);
        ArgumentNullException.ThrowIfNull(content);
        return FcmRenderer.Render(pushEvent, content, timeProvider.GetUtcNow());
    }

    public IPushSender CreateSender(ProviderCredential credential)
    {
        var account = FcmServiceAccount.Check(credential, out var fcm);
        return new FcmSender(fcm, factory.Create(Describe(fcm)), CreateTokens(account, fcm), _vocabulary, logger, timeProvider)
        {
            MinimumRetryDelay = options.Value.MinimumRetryDelay,
        };
    }

    public void ValidateCredential(ProviderCredential credential) => FcmServiceAccount.Check(credential, out _);

    public IEnumerable<ChosenAddress> ChosenAddresses(ProviderCredential credential)
    {
        var account = FcmServiceAccount.Check(credential, out var fcm);
        if (fcm.Endpoint is { } endpoint)
        {
            yield return new ChosenAddress("endpoint", endpoint);
        }

        if (!FcmDestinations.IsGoogles(account.TokenUri))
        {
            yield return new ChosenAddress("serviceAccount.token_uri", account.TokenUri);
        }
    }

    public async Task<CredentialCheck> CheckAsync(ProviderCredential credential, CancellationToken cancellationToken)
    {
        var account = FcmServiceAccount.Check(credential, out var fcm);
        using var tokens = CreateTokens(account, fcm);
        var result = await tokens.GetAsync(cancellationToken);
        if (result.Token is null)
        {
            return FcmProbe.ExplainNoToken(account, result);
        }

        await using var pool = factory.Create(Describe(fcm) with { Connections = 1, StreamsPerConnection = 1 });
        var post = await FcmProbe.SendAsync(pool, fcm, result.Token, cancellationToken);
        return FcmProbe.Explain(fcm, post, _vocabulary);
    }

    private AccessTokenSource CreateTokens(FcmServiceAccount account, FcmCredential credential) =>
        new(account, FcmServiceAccount.ParseTrusted(credential), options.Value, outbound, timeProvider);

    private PostPoolOptions Describe(FcmCredential credential) => new()
    {
        Endpoint = EndpointOf(credential),
        AllowAddress = credential.Endpoint is { } chosen ? address => outbound.Allows(chosen.IdnHost, address) : null,
        TrustedCertificates = FcmServiceAccount.ParseTrusted(credential),
        Connections = options.Value.Connections,
        StreamsPerConnection = options.Value.StreamsPerConnection,
        Proxy = PostProxy.Parse(options.Value.Proxy),
        RequestTimeout = options.Value.AttemptTimeout,
        ConnectTimeout = options.Value.ConnectTimeout,
        PingDelay = options.Value.PingDelay,
        PingsWhenIdle = false,
    };
}
