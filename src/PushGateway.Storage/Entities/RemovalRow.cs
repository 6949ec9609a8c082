using PushGateway.Core.Providers;
using PushGateway.Core.Removals;

namespace PushGateway.Storage.Entities;

/// <summary>A device removed, set aside or held by feedback, with all that is needed to bring it back as it was.</summary>
internal sealed class RemovalRow
{
    public int AppKey { get; set; }

    public long RemovalKey { get; set; }

    public RemovalState State { get; set; }

    public ProviderKind Provider { get; set; }

    public long AtMs { get; set; }

    public long EventKey { get; set; }

    public required string DeviceId { get; set; }

    public required string Reason { get; set; }

    public int Shard { get; set; }

    public long SubscriberKey { get; set; }

    public long DeviceKey { get; set; }

    /// <summary>When the device had last registered; it has registered anew when it says otherwise.</summary>
    public long LastSeenMs { get; set; }

    public int CredentialVersion { get; set; }

    /// <summary>Null once somebody has asked for the device to be deleted.</summary>
    public string? Token { get; set; }

    public DeviceEnvironment Environment { get; set; }

    public string? Locale { get; set; }

    public string? Tags { get; set; }

    public string? TimeZone { get; set; }

    public string? AppVersion { get; set; }

    public long DeviceCreatedAtMs { get; set; }
}
