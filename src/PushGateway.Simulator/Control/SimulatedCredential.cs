using System.Text.Json.Serialization;

namespace PushGateway.Simulator;

/// <summary>A credential that can be taken away and given back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SimulatedCredential>))]
public enum SimulatedCredential
{
    /// <summary>The APNs key; revoked, its provider tokens get 403 <c>InvalidProviderToken</c>. In JSON <c>apnsKey</c>.</summary>
    [JsonStringEnumMemberName("apnsKey")]
    ApnsKey,

    /// <summary>The service account's key; revoked, the token endpoint answers <c>invalid_grant</c>, "Invalid JWT Signature.". In JSON <c>serviceAccountKey</c>.</summary>
    [JsonStringEnumMemberName("serviceAccountKey")]
    ServiceAccountKey,

    /// <summary>The service account's permission to send; revoked, FCM answers 403 <c>PERMISSION_DENIED</c> without FcmError. In JSON <c>fcmPermission</c>.</summary>
    [JsonStringEnumMemberName("fcmPermission")]
    FcmPermission,

    /// <summary>The access tokens issued so far; revoked, FCM answers 401 <c>ACCESS_TOKEN_EXPIRED</c> to them for good. New ones are not affected and restoring does nothing. In JSON <c>accessTokens</c>.</summary>
    [JsonStringEnumMemberName("accessTokens")]
    AccessTokens,
}
