using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm.AccessTokens;

/// <summary>An OAuth access token, as the header it is sent in.</summary>
internal sealed class AccessToken(string token, DateTimeOffset expiresAt, HeaderIndexing indexing)
{
    public HeaderBlock Headers { get; } = new(
        new PostHeader("authorization", "Bearer " + token, indexing), new PostHeader("content-type", "application/json"));

    public DateTimeOffset ExpiresAt => expiresAt;
}

/// <summary>An access token, or why there is none.</summary>
/// <param name="Failure">What it means for pushes that wait for the token.</param>
/// <param name="Words">What the token endpoint said, for people.</param>
/// <param name="IsUntrusted">The token endpoint's certificate was not accepted.</param>
internal sealed record AccessTokenResult(AccessToken? Token, AttemptResult Failure = default, string? Words = null, bool IsUntrusted = false);
