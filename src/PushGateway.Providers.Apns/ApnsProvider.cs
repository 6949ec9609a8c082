using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Events;
using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Apns.Answers;
using PushGateway.Providers.Apns.ProviderTokens;
using PushGateway.Providers.Apns.Rendering;
using PushGateway.Providers.Apns.Sending;

namespace PushGateway.Providers.Apns;

/// <summary>Apple Push Notification service with token authentication.</summary>
internal sealed class ApnsProvider : IPushProvider
{
    private readonly ApnsAnswerReader _reader = new();
    private readonly ProviderTokenRegistry _tokens;
    private readonly ApnsPools _pools;
    private readonly ILogger<ApnsProvider> _logger;
    private readonly TimeProvider _timeProvider;

    public ApnsProvider(IOptions<ApnsOptions> options, IPostPoolFactory factory, OutboundPolicy outbound, ILogger<ApnsProvider> logger, TimeProvider timeProvider)
    {
        _tokens = new ProviderTokenRegistry(options.Value.TokenRenewalAge, options.Value.AuthorizationIndexing, timeProvider);
        _pools = new ApnsPools(factory, options.Value, outbound);
        (_logger, _timeProvider) = (logger, timeProvider);
    }

    public ProviderKind Kind => ProviderKind.Apns;

    public RenderedNotification Render(ProviderCredential? credential, PushEvent pushEvent, NotificationContent content)
    {
        ArgumentNullException.ThrowIfNull(pushEvent);
        ArgumentNullException.ThrowIfNull(content);
        return ApnsRenderer.Render((ApnsCredential?)credential, pushEvent, content);
    }

    public IPushSender CreateSender(ProviderCredential credential) =>
        new ApnsSender(ApnsCredentialRules.Check(credential), _tokens, _pools, _reader, _logger, _timeProvider);

    public void ValidateCredential(ProviderCredential credential) => ApnsCredentialRules.Check(credential);

    public IEnumerable<ChosenAddress> ChosenAddresses(ProviderCredential credential) =>
        credential.Endpoint is { } endpoint ? [new ChosenAddress("endpoint", endpoint)] : [];

    public async Task<CredentialCheck> CheckAsync(ProviderCredential credential, CancellationToken cancellationToken)
    {
        var apns = ApnsCredentialRules.Check(credential);
        var source = _tokens.Rent(apns);
        try
        {
            await using var pool = _pools.CreateSingle(apns);
            var post = await ApnsProbe.SendAsync(pool, apns, source.Get(), cancellationToken);
            return ApnsProbe.Explain(apns, post, _reader, _timeProvider.GetUtcNow());
        }
        finally
        {
            _tokens.Return(apns);
        }
    }
}
