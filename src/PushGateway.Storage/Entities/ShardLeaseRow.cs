namespace PushGateway.Storage.Entities;

/// <summary>Which gateway dispatches a shard.</summary>
internal sealed class ShardLeaseRow
{
    public int Shard { get; set; }

    /// <summary>0 when nobody does.</summary>
    public long NodeKey { get; set; }

    /// <summary>Grows with every holder: what was sent under an earlier one is not recorded any more.</summary>
    public long Epoch { get; set; }
}
