namespace PushGateway.Client.Apps;

/// <summary>What the gateway needs to send through APNs for an app.</summary>
public sealed record ApnsCredentials
{
    /// <summary>Ten characters, from the Apple developer account.</summary>
    public required string TeamId { get; init; }

    /// <summary>Ten characters, part of the key file's name.</summary>
    public required string KeyId { get; init; }

    /// <summary>The <c>.p8</c> file's text. Secret.</summary>
    public required string PrivateKey { get; init; }

    public required string BundleId { get; init; }

    /// <summary><c>production</c> or <c>sandbox</c>.</summary>
    public required string Environment { get; init; }

    /// <summary><c>https://host:port</c> in place of Apple's: simulator, proxy.</summary>
    public string? Endpoint { get; init; }

    /// <summary>PEM, trusted in addition to the system's certificates.</summary>
    public string? TrustedCertificates { get; init; }

    public override string ToString() => $"APNs key {KeyId} of team {TeamId} for {BundleId} ({Environment})";
}
