using System.Collections.Frozen;
using PushGateway.Core.Providers;
using static PushGateway.Core.Providers.OutcomeKind;

namespace PushGateway.Providers.Fcm.Answers;

/// <summary>Every error code, reason and status of FCM and Google's front end, with what each means. The only statement of it.</summary>
/// <remarks>
/// Read from the most to the least particular: FcmError's code, ErrorInfo's reason, the canonical status, the HTTP status. A token is
/// given up only on FcmError's word, or when the token is named as the fault: a 404 without it is about the project.
/// </remarks>
internal static class FcmAnswerTable
{
    public const int AcceptedStatus = 200;

    private const string InvalidArgument = "INVALID_ARGUMENT";

    /// <summary>What Google asks for when a quota answer does not say how long to wait.</summary>
    public static readonly TimeSpan DefaultThrottle = TimeSpan.FromSeconds(60);

    private static readonly FcmRule s_accepted = new(Accepted);
    private static readonly FcmRule s_rejected = new(Rejected);
    private static readonly FcmRule s_misfit = new(Rejected, TokenVerdict.Quarantine);
    private static readonly FcmRule s_dead = new(Unregistered, TokenVerdict.Remove);
    private static readonly FcmRule s_refused = new(Unauthorized, Credential: CredentialVerdict.Stop);
    private static readonly FcmRule s_renew = new(Unauthorized, Credential: CredentialVerdict.Renew);
    private static readonly FcmRule s_throttled = new(Throttled);
    private static readonly FcmRule s_projectThrottled = new(Throttled, Scope: OutcomeScope.Everybody);
    private static readonly FcmRule s_unavailable = new(Unavailable);

    /// <summary>FcmError codes; what else <c>INVALID_ARGUMENT</c> may mean is in <see cref="FindInvalidArgument"/>.</summary>
    public static IReadOnlyDictionary<string, FcmRule> ErrorCodes { get; } = new Dictionary<string, FcmRule>
    {
        ["UNREGISTERED"] = s_dead,
        ["SENDER_ID_MISMATCH"] = s_misfit,

        // Of the project, the device or the topic, and the answer does not say which.
        ["QUOTA_EXCEEDED"] = s_throttled,
        ["UNAVAILABLE"] = s_unavailable,
        ["INTERNAL"] = s_unavailable,

        // The APNs key or web push key in the Firebase console is bad. The operator has to mend that, but Android devices of the
        // project are none the worse, so neither the credential nor the token is to blame.
        ["THIRD_PARTY_AUTH_ERROR"] = s_rejected,
        ["APNS_AUTH_ERROR"] = s_rejected,
    }.ToFrozenDictionary();

    /// <summary>ErrorInfo reasons of answers without FcmError.</summary>
    public static IReadOnlyDictionary<string, FcmRule> InfoReasons { get; } = new Dictionary<string, FcmRule>
    {
        ["ACCESS_TOKEN_EXPIRED"] = s_renew,
        ["SERVICE_DISABLED"] = s_refused,
        ["IAM_PERMISSION_DENIED"] = s_refused,

        ["RATE_LIMIT_EXCEEDED"] = s_projectThrottled,
    }.ToFrozenDictionary();

    /// <summary>Canonical statuses of answers without FcmError.</summary>
    public static IReadOnlyDictionary<string, FcmRule> Statuses { get; } = new Dictionary<string, FcmRule>
    {
        ["UNAUTHENTICATED"] = s_renew,
        ["PERMISSION_DENIED"] = s_refused,
        ["NOT_FOUND"] = s_refused,

        // Without FcmError it is not FCM that counts a device's messages, but the front end that counts the project's.
        ["RESOURCE_EXHAUSTED"] = s_projectThrottled,
        ["UNAVAILABLE"] = s_unavailable,
        ["INTERNAL"] = s_unavailable,
        ["DEADLINE_EXCEEDED"] = s_unavailable,
    }.ToFrozenDictionary();

    /// <summary>Every word in the tables.</summary>
    public static IReadOnlyList<string> Reasons { get; } = [.. ErrorCodes.Keys.Concat(InfoReasons.Keys).Concat(Statuses.Keys).Append(InvalidArgument).Distinct(StringComparer.Ordinal)];

    /// <param name="reason">The most particular word of the answer, before the vocabulary; <see langword="null"/> when it had none.</param>
    public static FcmRule Find(int httpStatus, FcmError error, out string? reason)
    {
        reason = error.ErrorCode ?? error.InfoReason ?? error.Status;
        if (httpStatus == AcceptedStatus)
        {
            return s_accepted;
        }

        if (error.ErrorCode is { } code)
        {
            if (code == InvalidArgument)
            {
                return FindInvalidArgument(error);
            }

            // A 404 that is FCM's own word is about this message, not the project.
            return ErrorCodes.TryGetValue(code, out var byCode) ? byCode : httpStatus == 404 ? s_rejected : FindByHttpStatus(httpStatus);
        }

        if (error.InfoReason is { } info && InfoReasons.TryGetValue(info, out var byInfo))
        {
            return byInfo;
        }

        if (error.Status == InvalidArgument)
        {
            return FindInvalidArgument(error);
        }

        return error.Status is { } status && Statuses.TryGetValue(status, out var byStatus) ? byStatus : FindByHttpStatus(httpStatus);
    }

    /// <summary>Mostly a fault of the message, which says nothing about the token.</summary>
    private static FcmRule FindInvalidArgument(FcmError error) =>
        error.ApnsStatus == 410 ? s_dead : error.NamesToken ? s_misfit : s_rejected;

    private static FcmRule FindByHttpStatus(int httpStatus) => httpStatus switch
    {
        401 => s_renew,

        // Without FCM's word a 404 means that the project, or the path, does not exist.
        403 or 404 => s_refused,
        408 => s_unavailable,
        429 => s_throttled,
        >= 400 and < 500 => s_rejected,
        _ => s_unavailable,
    };
}

/// <summary>What one answer of FCM means.</summary>
internal readonly record struct FcmRule(
    OutcomeKind Outcome,
    TokenVerdict Token = TokenVerdict.Keep,
    CredentialVerdict Credential = CredentialVerdict.Keep,
    OutcomeScope Scope = OutcomeScope.Unclear);
