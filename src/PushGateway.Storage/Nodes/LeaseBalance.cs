using PushGateway.Core;

namespace PushGateway.Storage.Nodes;

/// <summary>What one gateway takes and what it gives up, so that all at work come to have nearly the same number of shards.</summary>
/// <param name="Claim">Shards without a holder, or whose holder is gone, that it takes now.</param>
/// <param name="GiveUp">Shards of its own that others are to have, once nothing is under way in them.</param>
internal readonly record struct LeaseBalance(IReadOnlyList<int> Claim, IReadOnlyList<int> GiveUp)
{
    /// <param name="node">The gateway, greater than 0.</param>
    /// <param name="atWork">Those that are to have shards, ascending; without <paramref name="node"/> when it is leaving.</param>
    /// <param name="alive">Those whose shards may not be taken: the ones at work, and the ones that are leaving.</param>
    /// <param name="owners">For each shard its holder; 0 for none.</param>
    public static LeaseBalance Of(long node, IReadOnlyList<long> atWork, IReadOnlySet<long> alive, IReadOnlyList<long> owners)
    {
        var own = new List<int>();
        var free = new List<int>();
        for (var shard = 0; shard < owners.Count; shard++)
        {
            if (owners[shard] == node)
            {
                own.Add(shard);
            }
            else if (!alive.Contains(owners[shard]))
            {
                free.Add(shard);
            }
        }

        var target = Target(node, atWork);
        return new LeaseBalance(
            own.Count < target ? [.. free.Take(target - own.Count)] : [],
            own.Count > target ? own[target..] : []);
    }

    /// <summary>How many shards the gateway is to have. Those of all together are all the shards.</summary>
    public static int Target(long node, IReadOnlyList<long> atWork)
    {
        for (var place = 0; place < atWork.Count; place++)
        {
            if (atWork[place] == node)
            {
                return (Shard.Count / atWork.Count) + (place < Shard.Count % atWork.Count ? 1 : 0);
            }
        }

        return 0;
    }
}
