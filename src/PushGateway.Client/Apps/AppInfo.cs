namespace PushGateway.Client.Apps;

/// <summary>One mobile application.</summary>
public sealed record AppInfo
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    /// <summary><see langword="null"/> for none.</summary>
    public QuietHours? QuietHours { get; init; }

    /// <summary><see langword="null"/> for no cap.</summary>
    public int? MaxPerSubscriberPerDay { get; init; }
}
