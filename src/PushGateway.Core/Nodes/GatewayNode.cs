namespace PushGateway.Core.Nodes;

public enum NodeState : byte
{
    /// <summary>It is at work.</summary>
    Running = 0,

    /// <summary>It is stopping: it finishes what it has begun and takes nothing new.</summary>
    Leaving = 1,

    /// <summary>It has not been heard of for longer than a lease lasts: dead, frozen or cut off. Others have its shards.</summary>
    Silent = 2,

    /// <summary>It has not been heard of for half as long as a lease lasts, or for five seconds, when it should have been twice. It still has its shards.</summary>
    Late = 3,
}

/// <summary>One gateway of those that share a store.</summary>
/// <param name="Key">Its number, never used again.</param>
/// <param name="Name">By setting, or the machine's.</param>
/// <param name="Version">Of the program.</param>
/// <param name="SeenAt">When it last renewed its leases, by the store's clock.</param>
/// <param name="SilentFor">How long ago that is.</param>
/// <param name="Shards">How many of the <see cref="Shard.Count"/> shards are its own.</param>
/// <param name="IsThis">Whether it is the one that was asked.</param>
public sealed record GatewayNode(
    long Key, string Name, string Version, NodeState State, DateTimeOffset StartedAt, DateTimeOffset SeenAt, TimeSpan SilentFor, int Shards, bool IsThis);
