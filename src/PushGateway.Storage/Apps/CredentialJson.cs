using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Core.Providers;

namespace PushGateway.Storage.Apps;

/// <summary>The form in which a credential is stored, before it is encrypted. Members may be added, none renamed.</summary>
internal static class CredentialJson
{
    public static byte[] Serialize(ProviderCredential credential) => credential switch
    {
        ApnsCredential apns => JsonSerializer.SerializeToUtf8Bytes(apns, CredentialJsonContext.Default.ApnsCredential),
        FcmCredential fcm => JsonSerializer.SerializeToUtf8Bytes(fcm, CredentialJsonContext.Default.FcmCredential),
        _ => throw new ArgumentOutOfRangeException(nameof(credential), credential.Provider, "Unknown provider."),
    };

    /// <exception cref="JsonException">The stored bytes are no credential: the store is damaged.</exception>
    public static ProviderCredential Deserialize(ProviderKind provider, ReadOnlySpan<byte> utf8)
    {
        ProviderCredential? credential = provider switch
        {
            ProviderKind.Apns => JsonSerializer.Deserialize(utf8, CredentialJsonContext.Default.ApnsCredential),
            ProviderKind.Fcm => JsonSerializer.Deserialize(utf8, CredentialJsonContext.Default.FcmCredential),
            _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, "Unknown provider."),
        };
        return credential ?? throw new JsonException("The stored credential is null.");
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(ApnsCredential))]
[JsonSerializable(typeof(FcmCredential))]
internal sealed partial class CredentialJsonContext : JsonSerializerContext;
