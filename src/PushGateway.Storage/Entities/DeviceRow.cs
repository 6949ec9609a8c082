using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>One installation of an app. What an audience read needs comes first, so that it ends before the long texts.</summary>
internal sealed class DeviceRow
{
    public int Shard { get; set; }

    public int AppKey { get; set; }

    public long SubscriberKey { get; set; }

    public long DeviceKey { get; set; }

    public ProviderKind Provider { get; set; }

    public DeviceEnvironment Environment { get; set; }

    public long LastSeenMs { get; set; }

    public int? QuarantinedVersion { get; set; }

    public required string Token { get; set; }

    public string? Locale { get; set; }

    public string? Tags { get; set; }

    public required byte[] TokenHash { get; set; }

    public required string DeviceId { get; set; }

    public string? TimeZone { get; set; }

    public string? AppVersion { get; set; }

    public long CreatedAtMs { get; set; }
}
