using System.Collections.Frozen;
using System.Text.Json.Nodes;
using PushGateway.Simulator.Hosting;
using static PushGateway.Simulator.Fcm.FcmErrorBody;

namespace PushGateway.Simulator.Fcm;

/// <summary>The bytes of each answer that does not depend on the request.</summary>
internal static class FcmAnswerCatalog
{
    private const string InvalidTokenText = "The registration token is not a valid FCM registration token";
    private const string NotFoundText = "Requested entity was not found.";
    private const string QuotaText = "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of service 'fcm.googleapis.com' for consumer 'project_number:1'.";
    private const string CredentialText =
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";

    private static readonly FrozenDictionary<string, CannedAnswer> s_answers = new[]
    {
        Error(FcmAnswers.InvalidRegistrationToken, 400, "INVALID_ARGUMENT", InvalidTokenText,
            FcmError("INVALID_ARGUMENT"), BadRequest(new FieldViolation("message.token", InvalidTokenText))),
        Error(FcmAnswers.InvalidPayload, 400, "INVALID_ARGUMENT", "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
            BadRequest(new FieldViolation("message.data[0].value", "Invalid value at 'message.data[0].value' (TYPE_STRING), 12"))),
        Error(FcmAnswers.ApnsUnregistered, 400, "INVALID_ARGUMENT", "APNs device token is disabled.", FcmError("INVALID_ARGUMENT"), ApnsError(410, "Unregistered")),
        Error(FcmAnswers.Unregistered, 404, "NOT_FOUND", NotFoundText, FcmError("UNREGISTERED")),
        Error(FcmAnswers.NotRegistered, 404, "NOT_FOUND", "NotRegistered", FcmError("UNREGISTERED")),
        Error(FcmAnswers.SenderIdMismatch, 403, "PERMISSION_DENIED", "SenderId mismatch", FcmError("SENDER_ID_MISMATCH")),
        Error(FcmAnswers.QuotaExceeded, 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", FcmError("QUOTA_EXCEEDED")),
        Error(FcmAnswers.QuotaExceededWithViolations, 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).",
            FcmError("QUOTA_EXCEEDED"), QuotaFailure("device", "Message rate to this device exceeded.")),
        Error(FcmAnswers.RateLimitExceeded, 429, "RESOURCE_EXHAUSTED", QuotaText, ErrorInfo("RATE_LIMIT_EXCEEDED", new JsonObject
        {
            ["service"] = "fcm.googleapis.com",
            ["quota_metric"] = "fcm.googleapis.com/send_requests",
            ["quota_limit"] = "SendsPerMinutePerProject",
        })),
        Error(FcmAnswers.Unavailable, 503, "UNAVAILABLE", "The service is currently unavailable.", FcmError("UNAVAILABLE")),
        Error(FcmAnswers.Internal, 500, "INTERNAL", "Internal error encountered.", FcmError("INTERNAL")),
        Error(FcmAnswers.ThirdPartyAuthError, 401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service",
            FcmError("THIRD_PARTY_AUTH_ERROR"), ApnsError(403, "InvalidProviderToken")),
        Error(FcmAnswers.ApnsAuthError, 401, "UNAUTHENTICATED", "Auth error from APNS", FcmError("APNS_AUTH_ERROR"), ApnsError(403, "InvalidProviderToken")),
        Error(FcmAnswers.UnspecifiedError, 500, "UNKNOWN", "Unknown error.", FcmError("UNSPECIFIED_ERROR")),
        Error(FcmAnswers.AccessTokenExpired, 401, "UNAUTHENTICATED", CredentialText, Info("ACCESS_TOKEN_EXPIRED")),
        Error(FcmAnswers.AccessTokenUnknown, 401, "UNAUTHENTICATED", CredentialText, Info("ACCESS_TOKEN_TYPE_UNSUPPORTED")),
        Error(FcmAnswers.CredentialsMissing, 401, "UNAUTHENTICATED",
            CredentialText.Replace("Request had invalid authentication credentials.", "Request is missing required authentication credential.", StringComparison.Ordinal), Info("CREDENTIALS_MISSING")),
        Error(FcmAnswers.ScopeInsufficient, 403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", Info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
        Error(FcmAnswers.PermissionDenied, 403, "PERMISSION_DENIED",
            "Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/simulated' (or it may not exist).",
            ErrorInfo("IAM_PERMISSION_DENIED", new JsonObject { ["permission"] = "cloudmessaging.messages.create" })),
        Error(FcmAnswers.ServiceDisabled, 403, "PERMISSION_DENIED",
            "Firebase Cloud Messaging API has not been used in project 1 before or it is disabled.", Info("SERVICE_DISABLED")),
        Error(FcmAnswers.ProjectNotFound, 404, "NOT_FOUND", NotFoundText),
        CannedAnswer.Html(FcmAnswers.NotFoundHtml, 404, "Not Found"),
        CannedAnswer.Html(FcmAnswers.BadGatewayHtml, 502, "Server Error"),
        CannedAnswer.Html(FcmAnswers.ServiceUnavailableHtml, 503, "Service Unavailable"),
        CannedAnswer.Json(FcmAnswers.TruncatedJson, 500, "{\n  \"error\": {\n    \"code\": 500,\n    \"mess"),
        CannedAnswer.Json(FcmAnswers.TruncatedSuccess, 200, "{\n  \"name\": \"projects/"),
    }.ToFrozenDictionary(answer => answer.Reason, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => s_answers.Keys;

    public static bool Contains(string name) => s_answers.ContainsKey(name);

    public static CannedAnswer Get(string name) => s_answers[name];

    private static CannedAnswer Error(string name, int code, string status, string message, params JsonObject[] details) =>
        CannedAnswer.Json(name, code, Envelope(code, status, message, details));

    private static JsonObject Info(string reason) => ErrorInfo(reason, new JsonObject { ["service"] = "fcm.googleapis.com" });
}
