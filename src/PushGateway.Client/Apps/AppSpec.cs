namespace PushGateway.Client.Apps;

/// <summary>What is said about an app. It replaces all that was said before.</summary>
public sealed record AppSpec
{
    /// <summary>For people, 1 to 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Notifications a second over all its events and providers, 1 to 1,000,000; <see langword="null"/> for no limit.</summary>
    public int? MaxRatePerSecond { get; init; }

    /// <summary>When normal and bulk events wait; <see langword="null"/> for never.</summary>
    public QuietHours? QuietHours { get; init; }

    /// <summary>Notifications for one subscriber on one day, UTC; 1 to 100, <see langword="null"/> for no cap.</summary>
    public int? MaxPerSubscriberPerDay { get; init; }
}
