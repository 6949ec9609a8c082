using Microsoft.Extensions.Logging;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Apns;

internal static partial class ApnsLog
{
    [LoggerMessage(EventId = 4001, EventName = "ApnsCredentialRefused", Level = LogLevel.Error,
        Message = "APNs refused the {Credential}: {Status} {Reason}. Nothing more is sent with it until a probe succeeds or it is replaced.")]
    public static partial void CredentialRefused(ILogger logger, ApnsCredential credential, int status, string reason);

    [LoggerMessage(EventId = 4002, EventName = "ApnsUnreachable", Level = LogLevel.Warning,
        Message = "No connection to {Endpoint}: {Detail}")]
    public static partial void Unreachable(ILogger logger, Uri endpoint, string detail);
}
