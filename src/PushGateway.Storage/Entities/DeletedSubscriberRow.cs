namespace PushGateway.Storage.Entities;

/// <summary>When a subscriber was deleted, for as long as a token made before could be shown; without an id, for all subscribers of the app.</summary>
internal sealed class DeletedSubscriberRow
{
    public int AppKey { get; set; }

    public required string SubscriberId { get; set; }

    public long DeletedAtMs { get; set; }
}
