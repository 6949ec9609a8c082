using Microsoft.Extensions.Logging;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Event ids 3100 to 3199. Addresses are not logged: they may hold secrets.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(EventId = 3100, EventName = "AlertDelayed", Level = LogLevel.Warning,
        Message = "The store cannot take the notice that a provider was stopped; it is offered again in {DelayMs} ms.")]
    public static partial void AlertDelayed(ILogger logger, double delayMs, Exception exception);

    [LoggerMessage(EventId = 3101, EventName = "WebhookFailed", Level = LogLevel.Warning,
        Message = "Webhook {Webhook} of app {AppId} did not take a request ({Error}); tried again in {DelayMs} ms.")]
    public static partial void WebhookFailed(ILogger logger, string webhook, string appId, string error, double delayMs);

    [LoggerMessage(EventId = 3102, EventName = "WebhookParked", Level = LogLevel.Error,
        Message = "Webhook {Webhook} of app {AppId} is parked: {Error}. What it is to be told waits; it is tried now and then, and at once after POST …/webhooks/{Webhook}/resume.")]
    public static partial void WebhookParked(ILogger logger, string webhook, string appId, string error);

    [LoggerMessage(EventId = 3103, EventName = "WebhookRecovered", Level = LogLevel.Information, Message = "Webhook {Webhook} of app {AppId} works again.")]
    public static partial void WebhookRecovered(ILogger logger, string webhook, string appId);

    [LoggerMessage(EventId = 3104, EventName = "WebhookDelayed", Level = LogLevel.Warning,
        Message = "The store cannot serve webhook {Webhook}; it is tried again in {DelayMs} ms.")]
    public static partial void WebhookDelayed(ILogger logger, string webhook, double delayMs, Exception exception);
}
