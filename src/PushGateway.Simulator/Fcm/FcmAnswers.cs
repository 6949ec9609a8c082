namespace PushGateway.Simulator;

/// <summary>
/// The answers FCM gives; names for <see cref="FaultAction.Answer"/>. Where the answer carries an FcmError the name is its error code, the others are named for what tells them apart.
/// </summary>
public static class FcmAnswers
{
    /// <summary>400 INVALID_ARGUMENT, "The registration token is not a valid FCM registration token".</summary>
    public const string InvalidRegistrationToken = "INVALID_REGISTRATION_TOKEN";

    /// <summary>400 INVALID_ARGUMENT with a BadRequest that names a field of the payload; no FcmError.</summary>
    public const string InvalidPayload = "INVALID_PAYLOAD";

    /// <summary>400 INVALID_ARGUMENT with ApnsError 410 <c>Unregistered</c>.</summary>
    public const string ApnsUnregistered = "APNS_UNREGISTERED";

    /// <summary>404 with FcmError UNREGISTERED.</summary>
    public const string Unregistered = "UNREGISTERED";

    /// <summary>404 with FcmError UNREGISTERED and the message "NotRegistered".</summary>
    public const string NotRegistered = "NOT_REGISTERED";

    /// <summary>403 with FcmError SENDER_ID_MISMATCH.</summary>
    public const string SenderIdMismatch = "SENDER_ID_MISMATCH";

    /// <summary>429 with FcmError QUOTA_EXCEEDED.</summary>
    public const string QuotaExceeded = "QUOTA_EXCEEDED";

    /// <summary>429 with FcmError QUOTA_EXCEEDED and a QuotaFailure.</summary>
    public const string QuotaExceededWithViolations = "QUOTA_EXCEEDED_WITH_VIOLATIONS";

    /// <summary>429 with ErrorInfo RATE_LIMIT_EXCEEDED and no FcmError: the project's quota per minute.</summary>
    public const string RateLimitExceeded = "RATE_LIMIT_EXCEEDED";

    /// <summary>503 with FcmError UNAVAILABLE.</summary>
    public const string Unavailable = "UNAVAILABLE";

    /// <summary>500 with FcmError INTERNAL.</summary>
    public const string Internal = "INTERNAL";

    /// <summary>401 with FcmError THIRD_PARTY_AUTH_ERROR and ApnsError 403 <c>InvalidProviderToken</c>.</summary>
    public const string ThirdPartyAuthError = "THIRD_PARTY_AUTH_ERROR";

    /// <summary>401 with FcmError APNS_AUTH_ERROR, the old name of the one above.</summary>
    public const string ApnsAuthError = "APNS_AUTH_ERROR";

    /// <summary>500 with FcmError UNSPECIFIED_ERROR.</summary>
    public const string UnspecifiedError = "UNSPECIFIED_ERROR";

    /// <summary>401 with ErrorInfo ACCESS_TOKEN_EXPIRED; no FcmError.</summary>
    public const string AccessTokenExpired = "ACCESS_TOKEN_EXPIRED";

    /// <summary>401 with ErrorInfo ACCESS_TOKEN_TYPE_UNSUPPORTED: not an access token we issued; no FcmError.</summary>
    public const string AccessTokenUnknown = "ACCESS_TOKEN_TYPE_UNSUPPORTED";

    /// <summary>401 with ErrorInfo CREDENTIALS_MISSING: no bearer token; no FcmError.</summary>
    public const string CredentialsMissing = "CREDENTIALS_MISSING";

    /// <summary>403 with ErrorInfo ACCESS_TOKEN_SCOPE_INSUFFICIENT; no FcmError.</summary>
    public const string ScopeInsufficient = "ACCESS_TOKEN_SCOPE_INSUFFICIENT";

    /// <summary>403 "Permission 'cloudmessaging.messages.create' denied…"; no FcmError.</summary>
    public const string PermissionDenied = "PERMISSION_DENIED";

    /// <summary>403 with ErrorInfo SERVICE_DISABLED; no FcmError.</summary>
    public const string ServiceDisabled = "SERVICE_DISABLED";

    /// <summary>404 without FcmError: the project does not exist.</summary>
    public const string ProjectNotFound = "PROJECT_NOT_FOUND";

    /// <summary>404 in HTML: the path does not exist.</summary>
    public const string NotFoundHtml = "NOT_FOUND_HTML";

    /// <summary>502 in HTML.</summary>
    public const string BadGatewayHtml = "BAD_GATEWAY_HTML";

    /// <summary>503 in HTML.</summary>
    public const string ServiceUnavailableHtml = "SERVICE_UNAVAILABLE_HTML";

    /// <summary>500 whose JSON ends in the middle.</summary>
    public const string TruncatedJson = "TRUNCATED_JSON";

    /// <summary>200 whose JSON ends in the middle: an acceptance that cannot be read.</summary>
    public const string TruncatedSuccess = "TRUNCATED_SUCCESS";

    /// <summary>All of the above.</summary>
    public static IReadOnlyCollection<string> All => Fcm.FcmAnswerCatalog.Names;
}
