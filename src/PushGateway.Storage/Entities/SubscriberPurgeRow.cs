namespace PushGateway.Storage.Entities;

/// <summary>A subscriber that was deleted and of whom something is left to remove.</summary>
internal sealed class SubscriberPurgeRow
{
    public int AppKey { get; set; }

    public long SubscriberKey { get; set; }

    public int Shard { get; set; }

    public required string SubscriberId { get; set; }
}
