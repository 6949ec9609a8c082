using PushGateway.Core;
using PushGateway.Core.Webhooks;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Webhooks;

/// <summary>Checks and maps what is said about a webhook.</summary>
internal static class WebhookRequestMapping
{
    private const int MaxUrlLength = 2_000;

    /// <returns><see langword="null"/> when there are errors.</returns>
    public static WebhookSettings? Map(string id, WebhookRequest request, bool allowHttp, bool hasBroker, FieldErrors errors)
    {
        var url = MapUrl(request.Url, allowHttp, hasBroker, errors);
        if (request.Secret is not null && !WebhookSecret.TryDecode(request.Secret, out _))
        {
            errors.Add("secret", "secret.invalid", $"Must be {WebhookSecret.Rule}.");
        }
        else if (request.Secret is not null && url is not null && WebhookExchange.Of(url) is not null)
        {
            errors.Add("secret", "secret.notUsed", "Must be absent: messages for an exchange are not signed.");
        }

        var notices = MapEvents(request.Events, errors);
        return errors.Any || url is null
            ? null
            : new WebhookSettings { Id = id, Url = url, Secret = request.Secret, Notices = notices, IsEnabled = request.Enabled ?? true };
    }

    private static Uri? MapUrl(string? text, bool allowHttp, bool hasBroker, FieldErrors errors)
    {
        if (!FieldRules.RequireText(text, "url", MaxUrlLength, errors))
        {
            return null;
        }

        if (WebhookExchange.IsMeantBy(text!))
        {
            return MapExchange(text!, hasBroker, errors);
        }

        // A user name would be sent nowhere and look like a secret.
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (allowHttp && url.Scheme == Uri.UriSchemeHttp)) &&
            url.UserInfo.Length == 0 && url.Fragment.Length == 0 && url.Host.Length > 0)
        {
            return url;
        }

        errors.Add("url", "url.invalid", $"Must be an absolute {(allowHttp ? "http or https" : "https")} address, without user and fragment.");
        return null;
    }

    private static Uri? MapExchange(string text, bool hasBroker, FieldErrors errors)
    {
        if (!hasBroker)
        {
            errors.Add("url", "broker.missing", "Must be an https address: no RabbitMQ is configured (PushGateway:RabbitMq:Uri).");
            return null;
        }

        if (WebhookExchange.Parse(text) is not { } exchange)
        {
            errors.Add("url", "url.invalid", $"Must be {WebhookExchange.Scheme}: and the name of an exchange, {Identifier.Rule}.");
            return null;
        }

        return exchange;
    }

    private static WebhookNotices MapEvents(IReadOnlyList<string>? names, FieldErrors errors)
    {
        var notices = WebhookNotices.None;
        if (names is not { Count: > 0 })
        {
            errors.Add("events", "events.missing", $"Name one or more of {WebhookNoticeNames.All}.");
        }

        for (var index = 0; index < names?.Count; index++)
        {
            if (WebhookNoticeNames.TryParse(names[index], out var notice))
            {
                notices |= notice;
            }
            else
            {
                errors.Add($"events[{index}]", "event.unknown", $"Must be one of {WebhookNoticeNames.All}.");
            }
        }

        return notices;
    }
}
