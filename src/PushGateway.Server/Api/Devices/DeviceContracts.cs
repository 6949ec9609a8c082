namespace PushGateway.Server.Api.Devices;

/// <summary>What is said about a device when it registers.</summary>
internal sealed record DeviceRequest
{
    /// <summary>apns or fcm.</summary>
    public string? Provider { get; init; }

    /// <summary>As the provider issued it.</summary>
    public string? Token { get; init; }

    /// <summary>The owner; without one the device is its own anonymous subscriber.</summary>
    public string? Subscriber { get; init; }

    /// <summary>production or sandbox; without one, that of the app's credential.</summary>
    public string? Environment { get; init; }

    /// <summary>BCP 47 tag, such as es-MX.</summary>
    public string? Locale { get; init; }

    /// <summary>IANA id, such as Europe/Madrid.</summary>
    public string? TimeZone { get; init; }

    public string? AppVersion { get; init; }

    /// <summary>At most 50; names up to 64 characters, values up to 256.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>A device as stored.</summary>
internal sealed record DeviceResponse
{
    public required string Id { get; init; }

    public required string Provider { get; init; }

    /// <summary>Whole for keys with the scope devices or admin; for others its first characters.</summary>
    public required string Token { get; init; }

    public required string Subscriber { get; init; }

    public required string? Environment { get; init; }

    public required string? Locale { get; init; }

    public required string? TimeZone { get; init; }

    public required string? AppVersion { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>Left out of audiences because the provider refused its token under the credential in use.</summary>
    public required bool Quarantined { get; init; }
}

/// <summary>What a registration did.</summary>
/// <param name="Change">created, updated, or unchanged but for the time it was last seen.</param>
internal sealed record RegistrationResponse(string Id, string Subscriber, string Change);

/// <param name="Subscribers">How many it has.</param>
internal sealed record ChannelResponse(string Id, long Subscribers);
