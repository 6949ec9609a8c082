using System.Collections.Frozen;
using PushGateway.Core.Providers;
using static PushGateway.Core.Providers.OutcomeKind;

namespace PushGateway.Providers.Apns.Answers;

/// <summary>Every status and reason Apple documents, and those seen on the wire, with what each means. The only statement of it.</summary>
internal static class ApnsAnswerTable
{
    public const int AcceptedStatus = 200;

    private static readonly ApnsRule s_accepted = new(Accepted);
    private static readonly ApnsRule s_rejected = new(Rejected);

    // It is the token that does not fit, though it may be the credential's fault: a token of the other environment, or of another app.
    private static readonly ApnsRule s_misfit = new(Rejected, TokenVerdict.Quarantine);
    private static readonly ApnsRule s_dead = new(Unregistered, TokenVerdict.Remove);
    private static readonly ApnsRule s_refused = new(Unauthorized, Credential: CredentialVerdict.Stop);

    // Renewing keeps Apple's 20-minute rule; when it may not, the answer counts as a refusal.
    private static readonly ApnsRule s_renew = new(Unauthorized, Credential: CredentialVerdict.Renew);
    private static readonly ApnsRule s_throttled = new(Throttled);
    private static readonly ApnsRule s_unavailable = new(Unavailable);
    private static readonly ApnsRule s_goingAway = new(Unavailable, Connection: ApnsConnection.Replace);

    private static readonly FrozenDictionary<(int Status, string Reason), ApnsRule> s_rules = new Dictionary<(int, string), ApnsRule>
    {
        [(400, "BadCollapseId")] = s_rejected,
        [(400, "BadDeviceToken")] = s_misfit,
        [(400, "BadExpirationDate")] = s_rejected,
        [(400, "BadMessageId")] = s_rejected,
        [(400, "BadPriority")] = s_rejected,
        [(400, "BadTopic")] = s_rejected,
        [(400, "DeviceTokenNotForTopic")] = s_misfit,
        [(400, "DuplicateHeaders")] = s_rejected,
        [(400, "IdleTimeout")] = s_goingAway,
        [(400, "InvalidPushType")] = s_rejected,
        [(400, "MissingDeviceToken")] = s_rejected,
        [(400, "MissingTopic")] = s_rejected,
        [(400, "PayloadEmpty")] = s_rejected,
        [(400, "TopicDisallowed")] = s_refused,
        [(403, "BadCertificate")] = s_refused,
        [(403, "BadCertificateEnvironment")] = s_refused,
        [(403, "ExpiredProviderToken")] = s_renew,
        [(403, "Forbidden")] = s_refused,
        [(403, "InvalidProviderToken")] = s_renew,
        [(403, "MissingProviderToken")] = s_refused,
        [(403, "UnrelatedKeyIdInToken")] = new(Unauthorized, Connection: ApnsConnection.ReplaceFirst),

        // Documented with "Id", seen without.
        [(403, "BadEnvironmentKeyIdInToken")] = s_refused,
        [(403, "BadEnvironmentKeyInToken")] = s_refused,
        [(404, "BadPath")] = s_rejected,
        [(405, "MethodNotAllowed")] = s_rejected,
        [(410, "ExpiredToken")] = s_dead,
        [(410, "Unregistered")] = s_dead,
        [(413, "PayloadTooLarge")] = s_rejected,

        // The present provider token stays: a new one would earn the same answer.
        [(429, "TooManyProviderTokenUpdates")] = s_throttled,

        // About this device token alone, however many get it: the others need not wait.
        [(429, "TooManyRequests")] = new(Throttled, Scope: OutcomeScope.Device),
        [(500, "InternalServerError")] = s_unavailable,
        [(503, "ServiceUnavailable")] = s_unavailable,
        [(503, "Shutdown")] = s_goingAway,
    }.ToFrozenDictionary();

    /// <summary>Every reason in the table, once.</summary>
    public static IReadOnlyList<string> Reasons { get; } = [.. s_rules.Keys.Select(key => key.Reason).Distinct(StringComparer.Ordinal)];

    /// <summary>Every row of the table.</summary>
    public static IReadOnlyDictionary<(int Status, string Reason), ApnsRule> Rules => s_rules;

    /// <summary>The row for an answer; without one, what the status alone says.</summary>
    public static ApnsRule Find(int status, string reason) =>
        s_rules.TryGetValue((status, reason), out var rule) ? rule : FindByStatus(status);

    private static ApnsRule FindByStatus(int status) => status switch
    {
        AcceptedStatus => s_accepted,
        401 or 403 => s_refused,

        // Without a reason there is no proof that it was APNs who said so: the token is left out, not removed.
        410 => new(Unregistered, TokenVerdict.Quarantine),
        429 => s_throttled,
        >= 400 and < 500 => s_rejected,

        // 5xx; and 1xx to 3xx, which APNs does not use: whoever answered, it was not an acceptance.
        _ => s_unavailable,
    };
}
