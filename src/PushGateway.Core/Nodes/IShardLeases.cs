namespace PushGateway.Core.Nodes;

/// <summary>Which shards this gateway dispatches, where several share one store.</summary>
/// <remarks>
/// A shard has one holder at a time. Every page is recorded with the number of the lease it was sent under (<see cref="ShardLeases.EpochOf"/>), and the store takes none
/// whose shard has been given to another since. A gateway that has the store to itself holds all shards, always.
/// </remarks>
public interface IShardLeases
{
    /// <summary>Whether other gateways may work on the same store.</summary>
    bool IsShared { get; }

    /// <summary>The shards whose pages may be begun. Of a shard that is to be given to another what is under way is finished, and nothing begun.</summary>
    ShardLeases Held { get; }

    /// <summary>The store has not been heard of for so long that another gateway may have the shards by now: nothing is to be begun.</summary>
    bool HasLapsed { get; }

    /// <summary><see cref="Held"/> has changed, or leases that had lapsed are good again. Handlers must be quick; they may be called on any thread.</summary>
    event Action? Changed;

    /// <summary>This gateway dispatches from now on: it gets its part of the shards. Completes when it has been told which, or has to wait for others to give some up.</summary>
    Task JoinAsync(CancellationToken cancellationToken);

    /// <summary>Nothing is under way in the shard, which is not in <see cref="Held"/>: another gateway may have it.</summary>
    void Left(int shard);

    /// <summary>The store has said that a shard is another gateway's, before this one has heard of it.</summary>
    /// <param name="epoch">The lease that is over.</param>
    void Lost(int shard, long epoch);

    /// <summary>This gateway is about to stop: it gives up each shard as <see cref="Left"/> is called for it, and gets none any more.</summary>
    void Leave();
}
