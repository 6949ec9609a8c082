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
}
