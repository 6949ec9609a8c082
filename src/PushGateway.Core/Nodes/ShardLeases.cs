namespace PushGateway.Core.Nodes;

/// <summary>The shards a gateway may dispatch, each with the number of its lease, at one instant. Immutable.</summary>
public sealed class ShardLeases
{
    private readonly long[] _epochs;

    /// <param name="epochs">For each of the <see cref="Shard.Count"/> shards the number of the lease, 1 or more, or 0 when the shard is not held.</param>
    public ShardLeases(IReadOnlyList<long> epochs)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        ArgumentOutOfRangeException.ThrowIfNotEqual(epochs.Count, Shard.Count);
        _epochs = [.. epochs];
        Count = _epochs.Count(static epoch => epoch > 0);
    }

    /// <summary>Every shard, of a gateway that has its store to itself.</summary>
    public static ShardLeases All { get; } = new([.. Enumerable.Repeat(1L, Shard.Count)]);

    public static ShardLeases None { get; } = new(new long[Shard.Count]);

    /// <summary>How many shards are held.</summary>
    public int Count { get; }

    /// <summary>The part of all shards that is held, 0 to 1: what of a rate or quota that several gateways share is this one's.</summary>
    public double Share => (double)Count / Shard.Count;

    /// <summary>The number of the lease; 0 when the shard is not held. A shard that was lost and is held again has another one.</summary>
    public long EpochOf(int shard) => _epochs[shard];

    /// <summary>What a page of the shard is recorded with, so that the store refuses it once another gateway has the shard: <see cref="EpochOf"/>, or 0 when there can be no other.</summary>
    public long FenceOf(int shard) => ReferenceEquals(this, All) ? 0 : _epochs[shard];

    public bool Holds(int shard) => _epochs[shard] > 0;

    /// <summary>Whether the same shards are held by the same leases.</summary>
    public bool IsSameAs(ShardLeases other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _epochs.AsSpan().SequenceEqual(other._epochs);
    }
}
