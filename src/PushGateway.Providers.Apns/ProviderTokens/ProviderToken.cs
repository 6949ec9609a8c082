using PushGateway.Http2;

namespace PushGateway.Providers.Apns.ProviderTokens;

/// <summary>A signed provider token, as the header it is sent in.</summary>
internal sealed class ProviderToken(string jwt, DateTimeOffset issuedAt, HeaderIndexing indexing)
{
    public HeaderBlock Headers { get; } = new(new PostHeader("authorization", "bearer " + jwt, indexing));

    public DateTimeOffset IssuedAt => issuedAt;
}

/// <summary>What became of the wish for a new token.</summary>
internal enum TokenRenewal
{
    Renewed,

    /// <summary>The token refused is not the present one any more.</summary>
    AlreadyRenewed,

    /// <summary>The present token is too young: Apple answers to more than one a 20 minutes with 429.</summary>
    TooSoon,
}
