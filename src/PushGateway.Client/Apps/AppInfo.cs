namespace PushGateway.Client.Apps;

/// <summary>One mobile application.</summary>
public sealed record AppInfo
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Those with a credential, of <c>apns</c> and <c>fcm</c>.</summary>
    public IReadOnlyList<string> Providers { get => field ?? []; init; }

    /// <summary>Notifications a second over all its events and providers; <see langword="null"/> when there is no limit.</summary>
    public int? MaxRatePerSecond { get; init; }

    /// <summary><see langword="null"/> for none.</summary>
    public QuietHours? QuietHours { get; init; }

    /// <summary><see langword="null"/> for no cap.</summary>
    public int? MaxPerSubscriberPerDay { get; init; }
}
