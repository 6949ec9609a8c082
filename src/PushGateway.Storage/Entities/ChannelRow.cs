namespace PushGateway.Storage.Entities;

/// <summary>A channel, from the first subscription on.</summary>
internal sealed class ChannelRow
{
    public long ChannelKey { get; set; }

    public int AppKey { get; set; }

    public required string ChannelId { get; set; }
}
