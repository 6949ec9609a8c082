using System.Text.Json;

namespace PushGateway.Client.Apps;

/// <summary>Whose signed tokens (JWT, RS256 or ES256) an app takes for its subscribers, and what they are good for.</summary>
public sealed record AppIdentitySpec
{
    /// <summary>The <c>iss</c> of the tokens, to the letter.</summary>
    public required string Issuer { get; init; }

    /// <summary>What their <c>aud</c> must hold.</summary>
    public required string Audience { get; init; }

    /// <summary>The claim that names the subscriber; <see langword="null"/> for <c>sub</c>.</summary>
    public string? SubscriberClaim { get; init; }

    /// <summary>The https address of the issuer's public keys, a JSON Web Key Set. Either this or <see cref="Jwks"/>.</summary>
    public string? JwksUrl { get; init; }

    /// <summary>The JSON Web Key Set itself, public keys only.</summary>
    public JsonElement? Jwks { get; init; }

    /// <summary>Whether the tokens are good for the subscriber's own devices; <see langword="null"/> for not.</summary>
    public bool? Devices { get; init; }

    /// <summary>Channels the subscriber's app may subscribe to and unsubscribe from: ids, or beginnings of ids that end in <c>*</c>; <see langword="null"/> for none.</summary>
    public IReadOnlyList<string>? Subscribe { get; init; }

    /// <summary>Channels it may follow; <see langword="null"/> for those the subscriber is subscribed to.</summary>
    public IReadOnlyList<string>? Listen { get; init; }

    /// <summary>Channels it may send messages to; <see langword="null"/> for none.</summary>
    public IReadOnlyList<string>? Send { get; init; }
}
