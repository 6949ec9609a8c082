using System.Net;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;

namespace PushGateway.Server;

internal static partial class ServerLog
{
    [LoggerMessage(EventId = 6000, EventName = "RequestFailed", Level = LogLevel.Error,
        Message = "{Method} {Path} failed unexpectedly; request id {RequestId}.")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string path, string requestId);

    [LoggerMessage(EventId = 6001, EventName = "StoreUnavailable", Level = LogLevel.Warning,
        Message = "{Method} {Path} was refused: the store cannot take changes now.")]
    public static partial void StoreUnavailable(ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(EventId = 6002, EventName = "AdminKeyGenerated", Level = LogLevel.Information,
        Message = "No admin key was set and none was stored: one was generated and printed to standard output.")]
    public static partial void AdminKeyGenerated(ILogger logger);

    [LoggerMessage(EventId = 6003, EventName = "ImportAborted", Level = LogLevel.Information,
        Message = "An import into app {App} broke off after line {Line}; what was stored until then stays.")]
    public static partial void ImportAborted(ILogger logger, string app, long line);

    [LoggerMessage(EventId = 6004, EventName = "ControlUnderWay", Level = LogLevel.Information,
        Message = "The change of event {EventId} is recorded, but its fan-out had not settled in time; it goes on.")]
    public static partial void ControlUnderWay(ILogger logger, string eventId);

    [LoggerMessage(EventId = 6005, EventName = "ApiKeyCreated", Level = LogLevel.Information,
        Message = "API key {KeyId} was created with scopes {Scopes} for app {App}.")]
    public static partial void ApiKeyCreated(ILogger logger, string keyId, ApiKeyScopes scopes, string? app);

    [LoggerMessage(EventId = 6006, EventName = "ApiKeyRemoved", Level = LogLevel.Information, Message = "API key {KeyId} was removed.")]
    public static partial void ApiKeyRemoved(ILogger logger, string keyId);

    [LoggerMessage(EventId = 6008, EventName = "AddressHeldOff", Level = LogLevel.Warning,
        Message = "Too many wrong API keys came from {Address}: its keys are not looked at for a while. If it is a reverse proxy, name it in PushGateway:Api:TrustedProxies.")]
    public static partial void AddressHeldOff(ILogger logger, IPAddress address);

    [LoggerMessage(EventId = 6007, EventName = "CredentialReplaced", Level = LogLevel.Information,
        Message = "The {Provider} credential of app {App} was replaced.")]
    public static partial void CredentialReplaced(ILogger logger, ProviderKind provider, string app);

    [LoggerMessage(EventId = 6009, EventName = "CredentialRestored", Level = LogLevel.Information,
        Message = "The previous {Provider} credential of app {App} was put back.")]
    public static partial void CredentialRestored(ILogger logger, ProviderKind provider, string app);

    [LoggerMessage(EventId = 6030, EventName = "AuditNotWritten", Level = LogLevel.Warning,
        Message = "{Action} of {Target} by user {UserId} was done, but could not be written to the audit log.")]
    public static partial void AuditNotWritten(ILogger logger, Exception exception, string action, string target, string userId);

    [LoggerMessage(EventId = 6031, EventName = "FirstSignInOffered", Level = LogLevel.Information,
        Message = "The dashboard has no user yet: a one-time link was printed to standard output.")]
    public static partial void FirstSignInOffered(ILogger logger);

    [LoggerMessage(EventId = 6040, EventName = "CanaryFailing", Level = LogLevel.Warning, Message = "The canary was not accepted: {Problem}")]
    public static partial void CanaryFailing(ILogger logger, string problem);

    [LoggerMessage(EventId = 6041, EventName = "CanaryWell", Level = LogLevel.Information, Message = "The canary is accepted again, after {DurationMs} ms.")]
    public static partial void CanaryWell(ILogger logger, double durationMs);

    [LoggerMessage(EventId = 6020, EventName = "RemovalUndone", Level = LogLevel.Information, Message = "Removal {Removal} of app {App} was undone.")]
    public static partial void RemovalUndone(ILogger logger, long removal, string app);

    [LoggerMessage(EventId = 6021, EventName = "RemovalsUndone", Level = LogLevel.Information, Message = "{Count} removals of app {App} were undone.")]
    public static partial void RemovalsUndone(ILogger logger, long count, string app);

    [LoggerMessage(EventId = 6022, EventName = "WebhookPut", Level = LogLevel.Information, Message = "Webhook {Webhook} of app {App} was put.")]
    public static partial void WebhookPut(ILogger logger, string webhook, string app);

    [LoggerMessage(EventId = 6023, EventName = "WebhookDeleted", Level = LogLevel.Information, Message = "Webhook {Webhook} of app {App} was deleted.")]
    public static partial void WebhookDeleted(ILogger logger, string webhook, string app);

    [LoggerMessage(EventId = 6024, EventName = "IdentityKeysNotFetched", Level = LogLevel.Warning,
        Message = "The keys with which the publisher of app {App} signs its subscribers' tokens could not be fetched. {Problem}")]
    public static partial void IdentityKeysNotFetched(ILogger logger, string app, string problem);
}
