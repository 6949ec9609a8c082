using PushGateway.Core.Messaging;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Tells a webhook something, once: with a signed request, or as messages for an exchange.</summary>
internal sealed class WebhookDelivery(WebhookPoster poster, INoticePublisher publisher, FeedbackMetrics metrics, TimeProvider timeProvider)
{
    /// <param name="dropped">Notices given up so far because too many waited.</param>
    public async Task<PostOutcome> SendAsync(string appId, Webhook webhook, IReadOnlyList<WebhookNotice> notices, long dropped, CancellationToken cancellationToken) =>
        webhook.Exchange is { } exchange
            ? await PublishAsync(exchange, [.. notices.Select(notice => WebhookBody.ToMessage(appId, webhook, notice, dropped))], cancellationToken)
            : await poster.PostAsync(
                webhook, WebhookBody.Id(webhook, notices), WebhookBody.Write(appId, webhook, notices, dropped, timeProvider.GetUtcNow()), cancellationToken);

    public async Task<PostOutcome> TestAsync(string appId, Webhook webhook, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        return webhook.Exchange is { } exchange
            ? await PublishAsync(exchange, [WebhookBody.ToTestMessage(appId, webhook, now)], cancellationToken)
            : await poster.PostAsync(webhook, $"msg_{webhook.Key}_test_{now.ToUnixTimeMilliseconds()}", WebhookBody.WriteTest(appId, webhook, now), cancellationToken);
    }

    private async Task<PostOutcome> PublishAsync(string exchange, IReadOnlyList<BrokerNotice> notices, CancellationToken cancellationToken)
    {
        var (confirmed, error) = await publisher.PublishAsync(exchange, notices, cancellationToken);
        metrics.CountRequest(error is null);
        return new PostOutcome(null, error) { Taken = confirmed };
    }
}
