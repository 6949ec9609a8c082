namespace PushGateway.Storage.Entities;

/// <summary>A message in the live history of a channel.</summary>
internal sealed class LiveMessageRow
{
    public int AppKey { get; set; }

    /// <summary>By name: a channel may have live subscribers and no others.</summary>
    public required string Channel { get; set; }

    public long Sequence { get; set; }

    public long AtMs { get; set; }

    /// <summary>As it is sent.</summary>
    public required byte[] Json { get; set; }
}
