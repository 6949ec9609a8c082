using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;

namespace PushGateway.Server.Security;

/// <summary>Makes and reads the tokens that subscribers' apps are connected with. Nothing is stored: a token is its grant, encrypted and signed.</summary>
/// <remarks>With ASP.NET Core Data Protection, whose keys every node shares. The purpose is part of the token's form.</remarks>
internal sealed class SubscriberTokens(IDataProtectionProvider provider, TimeProvider timeProvider)
{
    /// <summary>By which a token is told from an API key.</summary>
    public const string Prefix = "pgs_";

    private const int MaxLength = 32 * 1024;

    private readonly IDataProtector _protector = provider.CreateProtector("PushGateway.SubscriberToken.v1");

    public string Issue(SubscriberGrant grant) =>
        Prefix + Base64Url.EncodeToString(_protector.Protect(JsonSerializer.SerializeToUtf8Bytes(grant, GrantJson.Default.SubscriberGrant)));

    /// <returns><see langword="null"/> when it is not one of ours, or has expired.</returns>
    public SubscriberGrant? Read(string token)
    {
        if (token.Length > MaxLength || !token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            var bytes = _protector.Unprotect(Base64Url.DecodeFromChars(token.AsSpan(Prefix.Length)));
            var grant = JsonSerializer.Deserialize(bytes, GrantJson.Default.SubscriberGrant);
            return grant?.ExpiresAt > timeProvider.GetUtcNow() ? grant : null;
        }
        catch (Exception problem) when (problem is FormatException or CryptographicException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(SubscriberGrant))]
internal sealed partial class GrantJson : JsonSerializerContext;
