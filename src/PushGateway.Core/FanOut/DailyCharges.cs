namespace PushGateway.Core.FanOut;

/// <summary>Subscribers of one page whose notification counts towards their cap.</summary>
/// <param name="Day">Days since 1970-01-01, UTC.</param>
/// <param name="SubscriberKeys">Ascending, each once.</param>
public sealed record DailyCharges(int Day, IReadOnlyList<long> SubscriberKeys)
{
    /// <summary>The day of an instant.</summary>
    public static int DayOf(DateTimeOffset instant) => (int)(instant.ToUnixTimeSeconds() / 86_400);
}
