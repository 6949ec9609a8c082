namespace PushGateway.Core.Nodes;

/// <summary>The shard was given to another gateway while this one was at work in it. Nothing was recorded; the other one goes on from what is recorded.</summary>
public sealed class ShardLostException(int shard) : PushGatewayException($"Shard {shard} is another gateway's now.")
{
    public int Shard { get; } = shard;
}
