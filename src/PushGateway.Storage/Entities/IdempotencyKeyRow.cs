namespace PushGateway.Storage.Entities;

/// <summary>A publisher's key and the event published under it.</summary>
internal sealed class IdempotencyKeyRow
{
    public int AppKey { get; set; }

    public required string Key { get; set; }

    public long EventKey { get; set; }

    public long CreatedAtMs { get; set; }

    public required byte[] RequestHash { get; set; }
}
