using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Subscribers;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Security;

/// <summary>Reads tokens (JWT) that a publisher signs for its own subscribers, by what the app's identity says: issuer, audience, keys, and the claim that names the subscriber.</summary>
/// <remarks>
/// RS256 and ES256 only; keys come from the app's identity, never from the token. A token must say when it was made and when it ends, and is good for a day at most, whatever it says: so long it is
/// remembered who was deleted.
/// </remarks>
internal sealed class PublisherTokens(IAppStore apps, PublisherKeys keys, IDeletedSubscribers deleted, TimeProvider timeProvider)
{
    private const int MaxLength = 16 * 1024;

    // As far as the clocks of publisher and gateway may differ.
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_keysRetry = TimeSpan.FromSeconds(30);

    private static readonly JsonWebTokenHandler s_handler = new() { MaximumTokenSizeInBytes = MaxLength, MapInboundClaims = false };

    /// <summary>Whether it has the form of one.</summary>
    public static bool LooksLikeOne(string token) =>
        token.Length <= MaxLength && token.StartsWith("eyJ", StringComparison.Ordinal) && token.AsSpan().Count('.') == 2;

    /// <param name="appId">That the request is about; <see langword="null"/> for the one app whose tokens come from there.</param>
    /// <returns><see langword="null"/> when there is no app that takes such tokens.</returns>
    public async ValueTask<TokenReading?> ReadAsync(string text, string? appId, CancellationToken cancellationToken)
    {
        JsonWebToken token;
        try
        {
            token = s_handler.ReadJsonWebToken(text);
        }
        catch (Exception problem) when (problem is ArgumentException or FormatException or InvalidOperationException)
        {
            return null;
        }

        return Find(token, appId) is { Identity: { } identity } app ? await ReadAsync(token, app, identity, cancellationToken) : null;
    }

    private App? Find(JsonWebToken token, string? appId)
    {
        if (appId is not null)
        {
            return apps.Find(appId);
        }

        // A hub or a stream whose app is said later: the token is for one app, or for none.
        return apps.List().Where(app => app.Identity is { } identity && identity.Issuer == token.Issuer && token.Audiences.Contains(identity.Audience, StringComparer.Ordinal))
            .Take(2).ToList() is [var only] ? only : null;
    }

    private async ValueTask<TokenReading> ReadAsync(JsonWebToken token, App app, AppIdentity identity, CancellationToken cancellationToken)
    {
        if (token.Alg is not (SecurityAlgorithms.RsaSha256 or SecurityAlgorithms.EcdsaSha256))
        {
            return TokenReading.Wrong("token.algorithm", "The token must be signed with RS256 or ES256.");
        }

        // Before the signature, which costs more: a token for somebody else is refused whatever it is signed with.
        if (token.Issuer != identity.Issuer)
        {
            return TokenReading.Wrong("token.issuer", "The token was not made by the issuer that the app trusts.");
        }

        if (!token.Audiences.Contains(identity.Audience, StringComparer.Ordinal))
        {
            return TokenReading.Wrong("token.audience", "The token is not for this app's audience.");
        }

        var kid = string.IsNullOrEmpty(token.Kid) ? null : token.Kid;
        var found = await keys.FindAsync(app, identity, kid, isRefused: false, cancellationToken);
        var isSigned = found is not null && await IsSignedAsync(token, found);
        if (!isSigned && found is not null && kid is null)
        {
            // It does not say by which key: perhaps by one that is newer than those known.
            found = await keys.FindAsync(app, identity, kid, isRefused: true, cancellationToken);
            isSigned = found is not null && await IsSignedAsync(token, found);
        }

        return found is null
            ? TokenReading.Later(ApiProblem.Later(
                StatusCodes.Status503ServiceUnavailable, "identity.unavailable", "The key that the token is signed with could not be fetched from its issuer yet; try again in a moment.", s_keysRetry))
            : isSigned ? Admit(token, app, identity)
            : TokenReading.Wrong("token.signature", "The token is not signed with a key of its issuer.");
    }

    private static async ValueTask<bool> IsSignedAsync(JsonWebToken token, IReadOnlyList<SecurityKey> found) =>
        found.Count > 0 && (await s_handler.ValidateTokenAsync(token, Parameters(found))).IsValid;

    private TokenReading Admit(JsonWebToken token, App app, AppIdentity identity)
    {
        var now = timeProvider.GetUtcNow();
        if (!token.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Exp, out _) || !token.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Iat, out _))
        {
            return TokenReading.Over("token.timesMissing", "The token must say when it was made (iat) and when it ends (exp).");
        }

        var (madeAt, notBefore) = (ToTime(token.IssuedAt), ToTime(token.ValidFrom));
        if (madeAt - s_skew > now || notBefore - s_skew > now)
        {
            return TokenReading.Over("token.notYetValid", "The token is not good yet.");
        }

        var expiresAt = Earlier(ToTime(token.ValidTo), madeAt + IDeletedSubscribers.TokenLifetime);
        if (expiresAt <= now)
        {
            return TokenReading.Over("token.expired", "The token has expired, or was made more than a day ago: get another one.");
        }

        if (!token.TryGetClaim(identity.SubscriberClaim, out var claim) || !Identifier.IsValid(claim.Value))
        {
            return TokenReading.Over("token.subscriber", $"The token's claim {identity.SubscriberClaim} must name the subscriber: {Identifier.Rule}.");
        }

        // By a clock that may be ahead of the gateway's: a token from before must not look as if it was made after.
        var madeAtTheEarliest = madeAt - s_skew;
        if (deleted.IsDeletedSince(app.Key, claim.Value, madeAtTheEarliest))
        {
            return TokenReading.Deleted;
        }

        return TokenReading.Of(new SubscriberGrant(app.Id, app.Key, claim.Value, expiresAt, identity.Listen, identity.Send)
        {
            IssuedAt = madeAtTheEarliest,
            IdentityVersion = identity.Version,
            Devices = identity.Devices,
            Subscribe = identity.Subscribe,
        });
    }

    private static TokenValidationParameters Parameters(IReadOnlyList<SecurityKey> found) => new()
    {
        IssuerSigningKeys = found,
        RequireSignedTokens = true,
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
        ValidateIssuerSigningKey = true,

        // Looked at above and below, with words of our own and the gateway's clock.
        ValidateIssuer = false,
        ValidateAudience = false,
        ValidateLifetime = false,
    };

    private static DateTimeOffset ToTime(DateTime time) => time == DateTime.MinValue ? DateTimeOffset.MinValue + TimeSpan.FromDays(1) : new DateTimeOffset(time, TimeSpan.Zero);

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}
