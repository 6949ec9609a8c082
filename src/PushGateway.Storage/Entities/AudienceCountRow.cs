namespace PushGateway.Storage.Entities;

/// <summary>How many subscribers a channel has in a shard; under channel key 0, how many devices the app has there.</summary>
internal sealed class AudienceCountRow
{
    public int Shard { get; set; }

    public int AppKey { get; set; }

    public long ChannelKey { get; set; }

    public long Members { get; set; }
}
