namespace PushGateway.Storage.Entities;

/// <summary>A device that has an event's live message, and so is not sent the notification.</summary>
internal sealed class LiveConfirmationRow
{
    public int Shard { get; set; }

    public long EventKey { get; set; }

    public long SubscriberKey { get; set; }

    /// <summary>0: all devices of the subscriber.</summary>
    public long DeviceKey { get; set; }
}
