namespace PushGateway.Client.Providers;

/// <summary>An app's credential for a provider, without its secrets, and how the provider is doing.</summary>
public sealed record ProviderInfo
{
    /// <summary><c>apns</c> or <c>fcm</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Counts how often the credential was put.</summary>
    public int Version { get; init; }

    /// <summary>Of APNs, as are <see cref="KeyId"/>, <see cref="BundleId"/> and <see cref="Environment"/>.</summary>
    public string? TeamId { get; init; }

    public string? KeyId { get; init; }

    public string? BundleId { get; init; }

    public string? Environment { get; init; }

    /// <summary>Of FCM, as are <see cref="ClientEmail"/> and <see cref="MessagesPerMinute"/>.</summary>
    public string? ProjectId { get; init; }

    public string? ClientEmail { get; init; }

    public int? MessagesPerMinute { get; init; }

    public string? Endpoint { get; init; }

    public bool HasTrustedCertificates { get; init; }

    /// <summary>When the credential came to the gateway; putting the same again, or going back to it, does not make it younger.</summary>
    public DateTimeOffset? SetAt { get; init; }

    /// <summary>It is a year old or older and should be replaced; it does not expire by itself.</summary>
    public bool RotationDue { get; init; }

    /// <summary>The one that it replaced, as long as <see cref="PushGatewayAppClient.RestoreProviderAsync"/> can put it back.</summary>
    public PreviousCredentialInfo? Previous { get; init; }

    public ProviderHealth? Health { get; init; }

    public ProviderRemovals? Removals { get; init; }
}

/// <summary>A credential that was replaced, without its secrets.</summary>
public sealed record PreviousCredentialInfo
{
    /// <summary>What it had; restored it gets a new one.</summary>
    public int Version { get; init; }

    /// <summary>Of APNs, as are <see cref="KeyId"/> and <see cref="BundleId"/>.</summary>
    public string? TeamId { get; init; }

    public string? KeyId { get; init; }

    public string? BundleId { get; init; }

    /// <summary>Of FCM, as is <see cref="ClientEmail"/>.</summary>
    public string? ProjectId { get; init; }

    public string? ClientEmail { get; init; }

    public DateTimeOffset? SetAt { get; init; }

    public DateTimeOffset? ReplacedAt { get; init; }

    /// <summary>Then it is removed.</summary>
    public DateTimeOffset? KeptUntil { get; init; }
}

/// <summary>Whether the provider takes what is sent.</summary>
public sealed record ProviderHealth
{
    /// <summary>The gateway's word, such as <c>ok</c> or <c>stopped</c>.</summary>
    public required string State { get; init; }

    /// <summary>The provider's word.</summary>
    public string? Reason { get; init; }

    /// <summary>What is wrong, in words.</summary>
    public string? Message { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}

/// <summary>Whether devices that the provider calls dead are removed.</summary>
public sealed record ProviderRemovals
{
    /// <summary>The gateway's word; <c>held</c> when somebody has to decide.</summary>
    public required string State { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>Devices whose removal is held.</summary>
    public long Held { get; init; }

    /// <summary>Until then removals are applied however many they are.</summary>
    public DateTimeOffset? AllowedUntil { get; init; }
}
