namespace PushGateway.Client.Nodes;

/// <summary>One gateway of those that share a store.</summary>
public sealed record NodeInfo
{
    /// <summary>Its number; never used again.</summary>
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Version { get; init; }

    /// <summary><c>running</c>, <c>leaving</c>, <c>late</c> or <c>silent</c>: not heard of for longer than a lease, so that others have its shards.</summary>
    public string? State { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it last renewed its leases, by the store's clock.</summary>
    public DateTimeOffset? SeenAt { get; init; }

    /// <summary>How many of the 64 shards it dispatches.</summary>
    public int Shards { get; init; }

    /// <summary>Whether it is the one that answered.</summary>
    public bool Self { get; init; }
}
