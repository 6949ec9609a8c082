using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>A device waiting for a later attempt.</summary>
internal sealed class DeferredRow
{
    public int Shard { get; set; }

    public long EventKey { get; set; }

    public long DeviceKey { get; set; }

    public long SubscriberKey { get; set; }

    public ProviderKind Provider { get; set; }

    public int Attempts { get; set; }

    public long DueAtMs { get; set; }

    public long? StartsAtMs { get; set; }

    public string? Reason { get; set; }

    public bool IsBegun { get; set; }
}
