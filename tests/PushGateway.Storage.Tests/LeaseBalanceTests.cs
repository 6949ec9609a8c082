using CsCheck;
using PushGateway.Core;
using PushGateway.Storage.Nodes;

namespace PushGateway.Storage.Tests;

public sealed class LeaseBalanceTests
{
    private static readonly Gen<(int[] Alive, bool[] Leaving, int[] Owners)> s_state = Gen.Select(
        Gen.Int[1, 8].Array[1, 6], Gen.Bool.Array[9], Gen.Int[0, 8].Array[Shard.Count]);

    /// <summary>From any state, whoever acts first, the gateways come to have all shards in nearly equal parts; and no shard is taken from one that lives.</summary>
    [Fact]
    public void Of_AnyState_SettlesWithAllSharesNearlyEqual() => s_state.Sample(state =>
    {
        var alive = state.Alive.Select(node => (long)node).Distinct().Order().ToList();
        var atWork = alive.Where(node => !state.Leaving[(int)node]).ToList();
        long[] owners = [.. state.Owners.Select(owner => (long)owner)];
        for (var round = 0; round < 3; round++)
        {
            foreach (var node in alive)
            {
                var balance = LeaseBalance.Of(node, atWork, alive.ToHashSet(), owners);
                foreach (var shard in balance.Claim)
                {
                    Assert.DoesNotContain(owners[shard], alive);
                    owners[shard] = node;
                }

                foreach (var shard in balance.GiveUp)
                {
                    Assert.Equal(node, owners[shard]);
                    owners[shard] = 0;
                }
            }
        }

        var shares = atWork.ConvertAll(node => owners.Count(owner => owner == node));
        Assert.Equal(atWork.Count == 0 ? 0 : Shard.Count, shares.Sum());
        Assert.True(shares.Count == 0 || shares.Max() - shares.Min() <= 1, string.Join(' ', shares));
        Assert.DoesNotContain(owners, owner => alive.Contains(owner) && !atWork.Contains(owner));
        Assert.All(alive, node => Assert.Equivalent(new LeaseBalance([], []), LeaseBalance.Of(node, atWork, alive.ToHashSet(), owners)));
    });

    [Fact]
    public void Target_OfAllTogether_IsAllShards() => Gen.Int[1, 100].Sample(count =>
    {
        List<long> nodes = [.. Enumerable.Range(1, count).Select(node => (long)node)];
        Assert.Equal(Shard.Count, nodes.Sum(node => LeaseBalance.Target(node, nodes)));
    });
}
