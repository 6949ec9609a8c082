using PushGateway.Core.Providers;

namespace PushGateway.Admin.Words;

/// <summary>What the providers' words, and the gateway's own, mean and ask for.</summary>
internal static class Reasons
{
    private const string BadToken = "The device token is not one this app can send to. Usually it belongs to another environment (sandbox or production) or app.";
    private const string CheckKey = "Check the key, its team and its key id, and put the credential again.";

    private static readonly Dictionary<string, string> s_apns = new(StringComparer.Ordinal)
    {
        ["BadDeviceToken"] = BadToken,
        ["DeviceTokenNotForTopic"] = "The device token belongs to another app: its bundle id is not the one of the credential.",
        ["Unregistered"] = "The app was removed from the device, or notifications were turned off for good. The device is removed by itself.",
        ["ExpiredToken"] = "The device token has expired. The app gets a new one when it next starts; the device is removed by itself.",
        ["BadTopic"] = "The bundle id of the credential is not one Apple knows. Compare it with the app in Xcode.",
        ["TopicDisallowed"] = "The key may not send to this bundle id. Use a key of the team that owns the app.",
        ["MissingTopic"] = "Apple missed the bundle id. " + CheckKey,
        ["PayloadTooLarge"] = "The notification is larger than the 4 KB Apple takes. Shorten the text or the data.",
        ["PayloadEmpty"] = "The notification had no content.",
        ["BadCollapseId"] = "The collapse id is longer than 64 bytes.",
        ["BadExpirationDate"] = "The expiration is not valid.",
        ["BadPriority"] = "The priority in apns.headers is not 1, 5 or 10.",
        ["InvalidPushType"] = "The push type in apns.headers does not fit the content.",
        ["BadMessageId"] = "The apns-id in apns.headers is no UUID.",
        ["BadPath"] = "Apple did not understand the request's path.",
        ["MethodNotAllowed"] = "Apple did not take the request. If an endpoint is set, check that it is an APNs server.",
        ["InvalidProviderToken"] = "Apple does not accept the key. " + CheckKey,
        ["ExpiredProviderToken"] = "Apple calls the provider token old. Check the clock of this machine.",
        ["MissingProviderToken"] = "Apple missed the provider token. " + CheckKey,
        ["BadEnvironmentKeyInToken"] = "The key is for the other environment. Choose sandbox or production to fit the key.",
        ["BadEnvironmentKeyIdInToken"] = "The key is for the other environment. Choose sandbox or production to fit the key.",
        ["UnrelatedKeyIdInToken"] = "The key id does not fit the key that the connection began with. " + CheckKey,
        ["Forbidden"] = "Apple refused the request. " + CheckKey,
        ["BadCertificate"] = "Apple refused the certificate. " + CheckKey,
        ["BadCertificateEnvironment"] = "The certificate is for the other environment.",
        ["TooManyRequests"] = "Too many notifications for one device in a short time. It is tried again more slowly.",
        ["TooManyProviderTokenUpdates"] = "The provider token was renewed too often. Another program may be using the same key.",
        ["InternalServerError"] = "Apple had a failure of its own. It is tried again by itself.",
        ["ServiceUnavailable"] = "Apple is not available at the moment. It is tried again by itself.",
        ["Shutdown"] = "Apple's server was shutting down. It is tried again by itself.",
        ["IdleTimeout"] = "The connection had been idle for long. It is tried again by itself.",
    };

    private static readonly Dictionary<string, string> s_fcm = new(StringComparer.Ordinal)
    {
        ["UNREGISTERED"] = "The app was removed from the device, or its data was cleared. The device is removed by itself.",
        ["NOT_FOUND"] = "Google knows neither the token nor, perhaps, the project. Compare the project id of the key file with the app's.",
        ["INVALID_ARGUMENT"] = "Google did not understand the message or the token. Look at the fields under fcm and at the data.",
        ["SENDER_ID_MISMATCH"] = "The token belongs to another Firebase project than the credential.",
        ["QUOTA_EXCEEDED"] = "The project's quota is used up. It is tried again more slowly; ask Google for more if it is so often.",
        ["RESOURCE_EXHAUSTED"] = "The project's quota is used up. It is tried again more slowly.",
        ["RATE_LIMIT_EXCEEDED"] = "The project's quota is used up. It is tried again more slowly.",
        ["UNAVAILABLE"] = "Google is not available at the moment. It is tried again by itself.",
        ["INTERNAL"] = "Google had a failure of its own. It is tried again by itself.",
        ["DEADLINE_EXCEEDED"] = "Google did not answer in time. It is tried again by itself.",
        ["THIRD_PARTY_AUTH_ERROR"] = "The APNs key or web push key stored in the Firebase project is missing or not valid.",
        ["APNS_AUTH_ERROR"] = "The APNs key stored in the Firebase project is missing or not valid.",
        ["PERMISSION_DENIED"] = "The service account may not send for this project. Give it the role Firebase Cloud Messaging API Admin.",
        ["IAM_PERMISSION_DENIED"] = "The service account may not send for this project. Give it the role Firebase Cloud Messaging API Admin.",
        ["SERVICE_DISABLED"] = "The Firebase Cloud Messaging API is turned off for the project. Turn it on in the Google Cloud console.",
        ["UNAUTHENTICATED"] = "Google did not accept the access token. Put the key file again; it may have been deleted at Google.",
        ["ACCESS_TOKEN_EXPIRED"] = "The access token was old. Check the clock of this machine.",
        ["invalid_grant"] = "Google does not accept the service account's key. It may have been deleted, or this machine's clock is wrong.",
    };

    private static readonly Dictionary<string, string> s_gateway = new(StringComparer.Ordinal)
    {
        [GatewayReasons.Timeout] = "The provider did not answer in time.",
        [GatewayReasons.ConnectionFailed] = "The provider could not be reached. Look at the network between it and the gateway.",
        [GatewayReasons.ConnectionLost] = "The connection was lost before the answer came.",
        [GatewayReasons.UnknownReason] = "The provider gave a reason that is not known here.",
        [GatewayReasons.TtlExpired] = "The time to live ended before the provider accepted it.",
        [GatewayReasons.AttemptsExhausted] = "It was tried as often as allowed, and the provider never accepted it.",
        [GatewayReasons.EventCancelled] = "The event was cancelled before this device's turn.",
        [GatewayReasons.ProviderNotConfigured] = "The app has no credential for this device's provider. Add one to the app.",
        [GatewayReasons.EnvironmentMismatch] = "The device belongs to another environment (sandbox or production) than the app's credential.",
        [GatewayReasons.QuietHours] = "It waits for the end of the app's quiet hours.",
        [GatewayReasons.ConfirmedLive] = "The app was connected and confirmed the live message, so no notification was sent.",
        [GatewayReasons.DailyCap] = "The subscriber has had as many notifications today as the app allows.",
        [GatewayReasons.DeviceRemoved] = "The device was removed while its notification waited.",
        ["stale"] = "The app has not registered the device for so long that its token counts as expired. It is back when the app starts again.",
        [GatewayReasons.InternalError] = "Something went wrong in the gateway. Its log has more.",
        [GatewayReasons.CredentialRefused] = "The provider refused the app's credential.",
        [GatewayReasons.OutcomeUnknown] = "Whether the provider took it is unknown, and the event forbids sending twice.",
        [GatewayReasons.RetryBudget] = "It waits, so that repeats do not crowd out new notifications.",
    };

    public static string Explain(ProviderKind provider, string? reason)
    {
        if (reason is null)
        {
            return "The provider accepted the notification.";
        }

        return (provider == ProviderKind.Apns ? s_apns : s_fcm).GetValueOrDefault(reason) ?? s_gateway.GetValueOrDefault(reason) ??
            $"{ProviderWords.Name(provider)} gave the reason {reason}.";
    }

    public static string Explain(string providerName, string? reason) =>
        Explain(ProviderKinds.TryParse(providerName, out var provider) ? provider : ProviderKind.Apns, reason);

    /// <summary>Whether the provider is well, and only wants less.</summary>
    public static bool IsThrottle(string? reason) =>
        reason is "TooManyRequests" or "TooManyProviderTokenUpdates" or "QUOTA_EXCEEDED" or "RESOURCE_EXHAUSTED" or "RATE_LIMIT_EXCEEDED";

    /// <summary>All reasons there are words for.</summary>
    internal static IEnumerable<string> Known(ProviderKind provider) => (provider == ProviderKind.Apns ? s_apns : s_fcm).Keys.Concat(s_gateway.Keys);
}
