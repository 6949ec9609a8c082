using PushGateway.Core.Time;

namespace PushGateway.Core.Apps;

/// <summary>What an app spares its subscribers and its own servers. By default nothing.</summary>
public sealed record AppLimits
{
    public static AppLimits None { get; } = new();

    /// <summary>
    /// Notifications a second over all its events and providers, repeats included: 1 to <see cref="GreatestRate"/>, or <see langword="null"/>
    /// for no limit of its own.
    /// </summary>
    public int? MaxRatePerSecond { get; init; }

    public const int GreatestRate = 1_000_000;

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
