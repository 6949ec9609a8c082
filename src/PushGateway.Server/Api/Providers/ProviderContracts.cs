using System.Text.Json.Nodes;

namespace PushGateway.Server.Api.Providers;

/// <summary>An APNs key (token authentication).</summary>
internal sealed record ApnsCredentialRequest
{
    /// <summary>Ten letters and digits, from the Apple developer account.</summary>
    public string? TeamId { get; init; }

    /// <summary>Ten letters and digits, part of the key file's name.</summary>
    public string? KeyId { get; init; }

    /// <summary>The .p8 file's text (PEM). Never shown again.</summary>
    public string? PrivateKey { get; init; }

    public string? BundleId { get; init; }

    /// <summary>production or sandbox.</summary>
    public string? Environment { get; init; }

    /// <summary>https://host:port in place of Apple's.</summary>
    public string? Endpoint { get; init; }

    /// <summary>PEM certificates trusted in addition to the system's.</summary>
    public string? TrustedCertificates { get; init; }
}

/// <summary>A Google service account for FCM HTTP v1.</summary>
internal sealed record FcmCredentialRequest
{
    /// <summary>The key file's JSON as downloaded from Google. Never shown again.</summary>
    public JsonObject? ServiceAccount { get; init; }

    /// <summary>https://host:port in place of Google's.</summary>
    public string? Endpoint { get; init; }

    /// <summary>PEM certificates trusted in addition to the system's, for the token endpoint too.</summary>
    public string? TrustedCertificates { get; init; }

    /// <summary>The project's quota; 600,000 when absent, Google's default.</summary>
    public int? MessagesPerMinute { get; init; }
}

/// <summary>A provider of an app: its credential without secrets, and how it is doing. Members of the other provider are null.</summary>
internal sealed record ProviderResponse
{
    public required string Provider { get; init; }

    /// <summary>Grows by one each time the credential is replaced.</summary>
    public required int Version { get; init; }

    public string? TeamId { get; init; }

    public string? KeyId { get; init; }

    public string? BundleId { get; init; }

    public string? Environment { get; init; }

    public string? ProjectId { get; init; }

    public string? ClientEmail { get; init; }

    public int? MessagesPerMinute { get; init; }

    public string? Endpoint { get; init; }

    /// <summary>Whether certificates beside the system's are trusted.</summary>
    public required bool HasTrustedCertificates { get; init; }

    /// <summary>When the credential came here; putting the same again, or going back to it, does not make it younger.</summary>
    public DateTimeOffset SetAt { get; init; }

    /// <summary>It is a year old or older. Neither APNs keys nor service accounts expire by themselves; replace them from time to time.</summary>
    public bool RotationDue { get; init; }

    /// <summary>The one that it replaced, as long as it can be restored; null otherwise.</summary>
    public PreviousCredentialResponse? Previous { get; init; }

    public required ProviderHealthResponse Health { get; init; }

    public required ProviderRemovalsResponse Removals { get; init; }
}

/// <summary>A credential that was replaced, without its secrets. Members of the other provider are null.</summary>
internal sealed record PreviousCredentialResponse
{
    /// <summary>What it had; restored it gets a new one.</summary>
    public required int Version { get; init; }

    public string? TeamId { get; init; }

    public string? KeyId { get; init; }

    public string? BundleId { get; init; }

    public string? ProjectId { get; init; }

    public string? ClientEmail { get; init; }

    public required DateTimeOffset SetAt { get; init; }

    public required DateTimeOffset ReplacedAt { get; init; }

    /// <summary>Until then it can be restored; then it is removed.</summary>
    public required DateTimeOffset KeptUntil { get; init; }
}

/// <summary>What is done with the devices whose tokens the provider calls dead.</summary>
/// <param name="State">applied; held: too many are called dead, somebody has to decide; allowed: applied however many they are.</param>
/// <param name="Message">What is wrong and what to do; null unless held.</param>
/// <param name="Since">Since when they are held.</param>
/// <param name="Held">Removals to be decided about.</param>
/// <param name="AllowedUntil">Until when they are applied however many they are.</param>
internal sealed record ProviderRemovalsResponse(string State, string? Message, DateTimeOffset? Since, long Held, DateTimeOffset? AllowedUntil);

/// <param name="State">running, backingOff or stopped.</param>
/// <param name="Reason">The provider's word; null while running.</param>
/// <param name="Message">What is wrong and what to do; null while running.</param>
/// <param name="Since">When this state began.</param>
/// <param name="RetryAt">When it is tried again by itself.</param>
internal sealed record ProviderHealthResponse(string State, string? Reason, string? Message, DateTimeOffset? Since, DateTimeOffset? RetryAt);

/// <param name="Ok">The provider accepted the credential.</param>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Message">What is wrong and what to do about it.</param>
/// <param name="Reason">The provider's own word, when it gave one.</param>
internal sealed record CredentialCheckResponse(bool Ok, string Code, string Message, string? Reason);
