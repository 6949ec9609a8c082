using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>A device that is no more, kept while an event that was published before its removal may name it in a receipt.</summary>
internal sealed class RemovedDeviceRow
{
    public int Shard { get; set; }

    public int AppKey { get; set; }

    public long DeviceKey { get; set; }

    public long SubscriberKey { get; set; }

    public required string DeviceId { get; set; }

    public ProviderKind Provider { get; set; }

    public required string Token { get; set; }

    public required string Reason { get; set; }

    public long RemovedAtMs { get; set; }
}
