using PushGateway.Core.Nodes;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Nodes;

/// <summary>Keeps a gateway that has lost a shard without noticing from recording anything in it.</summary>
internal static class ShardFence
{
    private const string Find = "SELECT Epoch FROM ShardLeases WHERE Shard = ?1";

    /// <param name="epoch">The number of the lease that the work was begun under; 0 when the store is the gateway's alone.</param>
    /// <exception cref="ShardLostException">The shard is another gateway's by now, or has been since.</exception>
    public static void Pass(WriteSession session, int shard, long epoch)
    {
        // Under the store's one lock: whoever takes the shard does so before this transaction or after it.
        if (epoch > 0 && session.Statement(Find).Bind(1, shard).ScalarInt64() != epoch)
        {
            throw new ShardLostException(shard);
        }
    }
}
