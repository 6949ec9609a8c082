using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using PushGateway.Core.Subscribers;

namespace PushGateway.Server.Security;

/// <summary>Makes and reads the tokens that subscribers' apps are connected with. Nothing is stored: a token is its grant, encrypted and signed.</summary>
/// <remarks>With ASP.NET Core Data Protection, whose keys every node shares. The purpose is part of the token's form.</remarks>
internal sealed class SubscriberTokens(IDataProtectionProvider provider, IDeletedSubscribers deleted, TimeProvider timeProvider)
{
    /// <summary>By which a token is told from an API key.</summary>
    public const string Prefix = "pgs_";

    private const int MaxLength = 32 * 1024;

    private readonly IDataProtector _protector = provider.CreateProtector("PushGateway.SubscriberToken.v1");

    public string Issue(SubscriberGrant grant) =>
        Prefix + Base64Url.EncodeToString(_protector.Protect(JsonSerializer.SerializeToUtf8Bytes(grant, GrantJson.Default.SubscriberGrant)));

    public TokenReading Read(string token)
    {
        if (token.Length > MaxLength || !token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return TokenReading.Unknown;
        }

        SubscriberGrant? grant;
        try
        {
            var bytes = _protector.Unprotect(Base64Url.DecodeFromChars(token.AsSpan(Prefix.Length)));
            grant = JsonSerializer.Deserialize(bytes, GrantJson.Default.SubscriberGrant);
        }
        catch (Exception problem) when (problem is FormatException or CryptographicException)
        {
            return TokenReading.Unknown;
        }

        return grant is null ? TokenReading.Unknown
            : grant.ExpiresAt <= timeProvider.GetUtcNow() ? TokenReading.Over("token.expired", "The token has expired: get another one.")
            : deleted.IsDeletedSince(grant.AppKey, grant.SubscriberId, grant.IssuedAt) ? TokenReading.Deleted
            : TokenReading.Of(grant);
    }
}

[JsonSerializable(typeof(SubscriberGrant))]
internal sealed partial class GrantJson : JsonSerializerContext;
