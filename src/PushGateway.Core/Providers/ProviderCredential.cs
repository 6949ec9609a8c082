namespace PushGateway.Core.Providers;

/// <summary>What an app needs to send through one provider. Replaced whole, never changed in place.</summary>
/// <remarks>Holds secrets: <see cref="object.ToString"/> of the derived records must not print them.</remarks>
public abstract record ProviderCredential
{
    public abstract ProviderKind Provider { get; }

    /// <summary>Grows by one each time the app's credential for this provider is replaced; set by the store.</summary>
    public int Version { get; init; }

    /// <summary><c>https://host:port</c> to use in place of the provider's own host, or <see langword="null"/>.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>PEM certificates trusted in addition to the system's; host names are verified all the same.</summary>
    public string? TrustedCertificates { get; init; }
}

/// <summary>APNs token authentication: a <c>.p8</c> key of one team.</summary>
public sealed record ApnsCredential : ProviderCredential
{
    public override ProviderKind Provider => ProviderKind.Apns;

    /// <summary>Ten characters, the <c>iss</c> claim of the provider token.</summary>
    public required string TeamId { get; init; }

    /// <summary>Ten characters, the <c>kid</c> header of the provider token.</summary>
    public required string KeyId { get; init; }

    /// <summary>PKCS#8 PEM with an EC P-256 key. Secret.</summary>
    public required string PrivateKey { get; init; }

    /// <summary>The app's bundle id: the <c>apns-topic</c>, before the suffix of the push type.</summary>
    public required string BundleId { get; init; }

    public required DeviceEnvironment Environment { get; init; }

    public override string ToString() => $"APNs key {KeyId} of team {TeamId} for {BundleId} ({Environment})";
}

/// <summary>FCM HTTP v1: a Google service account.</summary>
public sealed record FcmCredential : ProviderCredential
{
    public override ProviderKind Provider => ProviderKind.Fcm;

    /// <summary>The key file's JSON, as downloaded from Google. Secret.</summary>
    public required string ServiceAccountJson { get; init; }

    /// <summary>The key file's <c>project_id</c>.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The key file's <c>client_email</c>.</summary>
    public required string ClientEmail { get; init; }

    /// <summary>The project's quota, messages a minute. Default 600,000, Google's default.</summary>
    public int MessagesPerMinute { get; init; } = DefaultMessagesPerMinute;

    public const int DefaultMessagesPerMinute = 600_000;

    public override string ToString() => $"FCM service account {ClientEmail} of project {ProjectId}";
}

/// <summary>Which APNs environment a token or key belongs to. The numbers are stored.</summary>
public enum DeviceEnvironment : byte
{
    /// <summary>Not said: taken to be the environment of the app's credential.</summary>
    Unspecified = 0,
    Production = 1,
    Sandbox = 2,
}
