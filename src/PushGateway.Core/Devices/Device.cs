using PushGateway.Core.Providers;

namespace PushGateway.Core.Devices;

/// <summary>What is said about a device when it registers; already validated and normalized.</summary>
public sealed record DeviceRegistration
{
    public required string DeviceId { get; init; }

    public required ProviderKind Provider { get; init; }

    /// <summary>As <see cref="DeviceToken.TryNormalize"/> gives it. Not for logs.</summary>
    public required string Token { get; init; }

    /// <summary>The owner. A device registered without one is its own anonymous subscriber, with the device's id.</summary>
    public required string SubscriberId { get; init; }

    public DeviceEnvironment Environment { get; init; }

    /// <summary>BCP 47 language tag in lower case with hyphens, such as <c>es-mx</c>, at most 35 characters.</summary>
    public string? Locale { get; init; }

    /// <summary>IANA time zone id, such as <c>Europe/Madrid</c>.</summary>
    public string? TimeZone { get; init; }

    public string? AppVersion { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = EmptyTags;

    public static IReadOnlyDictionary<string, string> EmptyTags { get; } = new Dictionary<string, string>(0);
}

/// <summary>One installation of an app, as stored.</summary>
public sealed record Device
{
    public required DeviceRegistration Registration { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last registered.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>Left out of audiences because a provider refused its token under the credential in use.</summary>
    public required bool IsQuarantined { get; init; }
}

/// <summary>What a registration changed.</summary>
public enum RegistrationChange
{
    Created,
    Updated,

    /// <summary>Nothing but the time it was last seen.</summary>
    Unchanged,
}

/// <summary>One line of an import: a registration and the channels its subscriber is to be subscribed to.</summary>
public readonly record struct DeviceImport(DeviceRegistration Registration, IReadOnlyList<string> Channels);
