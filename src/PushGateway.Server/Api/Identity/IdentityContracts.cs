using System.Text.Json.Nodes;

namespace PushGateway.Server.Api.Identity;

/// <summary>Whose signed tokens (JWT, RS256 or ES256) an app takes for its subscribers, and what they are good for.</summary>
internal sealed record IdentityBody
{
    /// <summary>The iss of the tokens, to the letter.</summary>
    public string? Issuer { get; init; }

    /// <summary>What their aud must hold.</summary>
    public string? Audience { get; init; }

    /// <summary>The claim that names the subscriber; sub when absent.</summary>
    public string? SubscriberClaim { get; init; }

    /// <summary>The https address of the issuer's public keys, a JSON Web Key Set. Either this or jwks.</summary>
    public string? JwksUrl { get; init; }

    /// <summary>The JSON Web Key Set itself, public keys only.</summary>
    public JsonObject? Jwks { get; init; }

    /// <summary>Whether the tokens are good for the subscriber's own devices; they are not when absent.</summary>
    public bool? Devices { get; init; }

    /// <summary>Channels the subscriber's app may subscribe to and unsubscribe from: ids, or beginnings of ids that end in *; none when absent.</summary>
    public IReadOnlyList<string>? Subscribe { get; init; }

    /// <summary>Channels it may follow; when absent, those the subscriber is subscribed to.</summary>
    public IReadOnlyList<string>? Listen { get; init; }

    /// <summary>Channels it may send messages to; none when absent.</summary>
    public IReadOnlyList<string>? Send { get; init; }
}
