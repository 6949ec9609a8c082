namespace PushGateway.Storage.Entities;

/// <summary>A subscriber, known or anonymous.</summary>
internal sealed class SubscriberRow
{
    public int Shard { get; set; }

    public int AppKey { get; set; }

    public required string SubscriberId { get; set; }

    public long SubscriberKey { get; set; }
}
