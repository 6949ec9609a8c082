using PushGateway.Core.Time;

namespace PushGateway.Core.Apps;

/// <summary>What an app spares its subscribers. By default nothing.</summary>
public sealed record AppLimits
{
    public static AppLimits None { get; } = new();

    /// <summary>When its notifications wait; <see langword="null"/> for never.</summary>
    public QuietHours? QuietHours { get; init; }

    /// <summary>
    /// Notifications for one subscriber on one day, which begins at midnight UTC; an event counts once, however many devices the
    /// subscriber has. 1 to <see cref="MostPerDay"/>, or <see langword="null"/> for no cap.
    /// </summary>
    public int? MaxPerSubscriberPerDay { get; init; }

    /// <summary>The greatest cap there is: whoever wants more wants none.</summary>
    public const int MostPerDay = 100;
}
