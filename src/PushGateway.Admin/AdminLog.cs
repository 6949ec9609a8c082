using Microsoft.Extensions.Logging;

namespace PushGateway.Admin;

internal static partial class AdminLog
{
    [LoggerMessage(EventId = 8000, EventName = "SignedIn", Level = LogLevel.Information, Message = "User {UserId} signed in to the dashboard.")]
    public static partial void SignedIn(ILogger logger, string userId);

    [LoggerMessage(EventId = 8001, EventName = "SignInRefused", Level = LogLevel.Warning, Message = "A sign-in to the dashboard was refused; user {UserId}.")]
    public static partial void SignInRefused(ILogger logger, string userId);

    [LoggerMessage(EventId = 8003, EventName = "ExternalSignInFailed", Level = LogLevel.Warning,
        Message = "A sign-in with the identity provider failed: it refused, or its answer could not be trusted.")]
    public static partial void ExternalSignInFailed(ILogger logger, Exception? exception);

    [LoggerMessage(EventId = 8002, EventName = "SampleFailed", Level = LogLevel.Warning, Message = "What the dashboard shows could not be read; it is tried again.")]
    public static partial void SampleFailed(ILogger logger, Exception exception);
}
