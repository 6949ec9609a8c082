namespace PushGateway.Server.Api.Nodes;

/// <summary>One gateway of those that share the store.</summary>
internal sealed record NodeResponse
{
    /// <summary>Its number; never used again.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary><c>running</c>; <c>leaving</c>: it finishes what it has begun; <c>late</c>: not heard of for half a lease; <c>silent</c>: not heard of for longer than a lease, others have its shards.</summary>
    public required string State { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it last renewed its leases, by the store's clock.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>How many of the 64 shards it dispatches.</summary>
    public required int Shards { get; init; }

    /// <summary>Whether it is the one that answers.</summary>
    public required bool Self { get; init; }
}
