using Microsoft.Extensions.Logging;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Fcm;

internal static partial class FcmLog
{
    [LoggerMessage(EventId = 4501, EventName = "FcmCredentialRefused", Level = LogLevel.Error,
        Message = "FCM refused the {Credential}: {Status} {Reason}. Nothing more is sent with it until a probe succeeds or it is replaced.")]
    public static partial void CredentialRefused(ILogger logger, FcmCredential credential, int status, string reason);

    [LoggerMessage(EventId = 4502, EventName = "FcmUnreachable", Level = LogLevel.Warning,
        Message = "No connection to {Endpoint}: {Detail}")]
    public static partial void Unreachable(ILogger logger, Uri endpoint, string detail);

    [LoggerMessage(EventId = 4503, EventName = "FcmKeyRefused", Level = LogLevel.Error,
        Message = "Google gives no access token to the {Credential}: {Reason} ({Words}). Nothing is sent with it until a probe succeeds or it is replaced.")]
    public static partial void KeyRefused(ILogger logger, FcmCredential credential, string? reason, string? words);

    [LoggerMessage(EventId = 4504, EventName = "FcmNoAccessToken", Level = LogLevel.Warning,
        Message = "No access token for the {Credential} just now: {Reason} ({Words}).")]
    public static partial void NoAccessToken(ILogger logger, FcmCredential credential, string? reason, string? words);
}
