namespace PushGateway.Storage.Entities;

/// <summary>A gateway that dispatches from this store beside others.</summary>
internal sealed class NodeRow
{
    public long NodeKey { get; set; }

    public required string Name { get; set; }

    public required string Version { get; set; }

    /// <summary>By the database's clock, as <see cref="SeenAtMs"/>: the clocks of gateways may differ.</summary>
    public long StartedAtMs { get; set; }

    public long SeenAtMs { get; set; }

    public bool IsLeaving { get; set; }
}
