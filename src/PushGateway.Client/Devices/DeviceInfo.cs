namespace PushGateway.Client.Devices;

/// <summary>A device as the gateway knows it.</summary>
public sealed record DeviceInfo
{
    public required string Id { get; init; }

    public string? Provider { get; init; }

    public string? Subscriber { get; init; }

    public string? Environment { get; init; }

    public string? Locale { get; init; }

    public string? TimeZone { get; init; }

    public string? AppVersion { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? LastSeenAt { get; init; }
}
