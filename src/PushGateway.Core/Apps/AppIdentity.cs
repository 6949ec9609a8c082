namespace PushGateway.Core.Apps;

/// <summary>Whose signed tokens (JWT) an app takes as tokens of its subscribers, beside those that the gateway makes, and what they are good for.</summary>
public sealed record AppIdentity
{
    /// <summary>What a token says who made it: its <c>iss</c>, to the letter.</summary>
    public required string Issuer { get; init; }

    /// <summary>What a token has to be for: one of its <c>aud</c>.</summary>
    public required string Audience { get; init; }

    /// <summary>The claim that names the subscriber.</summary>
    public string SubscriberClaim { get; init; } = DefaultClaim;

    public const string DefaultClaim = "sub";

    /// <summary>Where the issuer's public keys are, as a JSON Web Key Set; <see langword="null"/> when they are given in <see cref="Keys"/>.</summary>
    public Uri? KeysUrl { get; init; }

    /// <summary>The public keys as a JSON Web Key Set; <see langword="null"/> when they are fetched.</summary>
    public string? Keys { get; init; }

    /// <summary>Channels the subscriber's app may follow: ids, or beginnings of ids that end in <c>*</c>; <see langword="null"/> for those the subscriber is subscribed to.</summary>
    public IReadOnlyList<string>? Listen { get; init; }

    /// <summary>The same for channels it may send to.</summary>
    public IReadOnlyList<string> Send { get; init; } = [];

    /// <summary>Whether it may register and remove the subscriber's own devices.</summary>
    public bool Devices { get; init; }

    /// <summary>Channels it may subscribe to and unsubscribe from, as <see cref="Listen"/>.</summary>
    public IReadOnlyList<string> Subscribe { get; init; } = [];

    /// <summary>Grows with every change; given by the store.</summary>
    public long Version { get; init; }
}
