namespace PushGateway.Storage.Entities;

/// <summary>A subscriber's membership of a channel.</summary>
internal sealed class SubscriptionRow
{
    public int Shard { get; set; }

    public int AppKey { get; set; }

    public long ChannelKey { get; set; }

    public long SubscriberKey { get; set; }
}
