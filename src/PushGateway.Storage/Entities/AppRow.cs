namespace PushGateway.Storage.Entities;

/// <summary>An app. Deleted ones stay, without their id, until all that belongs to them has been removed.</summary>
internal sealed class AppRow
{
    public int AppKey { get; set; }

    public string? AppId { get; set; }

    public required string Name { get; set; }

    public long CreatedAtMs { get; set; }

    public long? DeletedAtMs { get; set; }

    public int? MaxRatePerSecond { get; set; }

    public int? QuietFromMinute { get; set; }

    public int? QuietToMinute { get; set; }

    public string? QuietTimeZone { get; set; }

    public int? MaxPerSubscriberPerDay { get; set; }
}
