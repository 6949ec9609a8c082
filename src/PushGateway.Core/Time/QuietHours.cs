namespace PushGateway.Core.Time;

/// <summary>The part of the day in which an app's notifications wait, by the clock of the device.</summary>
/// <param name="From">The first minute of it.</param>
/// <param name="To">The first minute after it; earlier in the day than <paramref name="From"/> when a midnight lies between. Not equal to it.</param>
/// <param name="TimeZone">IANA id, for devices that named none; <see langword="null"/> for UTC.</param>
public sealed record QuietHours(TimeOnly From, TimeOnly To, string? TimeZone)
{
    /// <summary>When the quiet hours that <paramref name="now"/> lies in are over.</summary>
    /// <returns>Later than <paramref name="now"/>; <see langword="null"/> when it is not quiet.</returns>
    public DateTimeOffset? EndAt(TimeZoneInfo zone, DateTimeOffset now)
    {
        var time = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        // IsBetween has the start and not the end, and knows about midnight.
        return time.IsBetween(From, To) ? WallClock.Next(zone, To, now) : null;
    }
}
