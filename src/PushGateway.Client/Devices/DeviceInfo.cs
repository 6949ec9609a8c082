namespace PushGateway.Client.Devices;

/// <summary>A device as the gateway knows it.</summary>
public sealed record DeviceInfo
{
    public required string Id { get; init; }

    public string? Provider { get; init; }

    /// <summary>Whole for keys of scope <c>devices</c> or <c>admin</c>, its first characters for others.</summary>
    public string? Token { get; init; }

    public string? Subscriber { get; init; }

    public string? Environment { get; init; }

    public string? Locale { get; init; }

    public string? TimeZone { get; init; }

    public string? AppVersion { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>Left out of audiences because its provider refused the token under the credential in use.</summary>
    public bool Quarantined { get; init; }

    public override string ToString() => $"{Provider} device {Id} of {Subscriber}";
}
