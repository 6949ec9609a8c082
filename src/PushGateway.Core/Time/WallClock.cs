namespace PushGateway.Core.Time;

/// <summary>Instants at which the clocks of a time zone show a given time.</summary>
public static class WallClock
{
    /// <summary>
    /// No place waits longer than this for a time of day to come: a day, the hour by which clocks are set back, and an hour to spare
    /// for what governments may still think of.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(26);

    /// <summary>The first instant at or after <paramref name="from"/> at which clocks in the zone show <paramref name="time"/>.</summary>
    /// <remarks>
    /// Where clocks skip the time, it comes when it would have come on a clock nobody had moved: 02:30 in a night that has no 02:30 is
    /// what then is called 03:30. Where they show it twice, either will do, so the first that has not passed.
    /// </remarks>
    /// <returns>UTC, at most <see cref="LongestWait"/> after <paramref name="from"/>.</returns>
    public static DateTimeOffset Next(TimeZoneInfo zone, TimeOnly time, DateTimeOffset from)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, zone).DateTime);
        for (var day = today.AddDays(-1); ; day = day.AddDays(1))
        {
            var local = day.ToDateTime(time, DateTimeKind.Unspecified);
            if (zone.IsAmbiguousTime(local))
            {
                // The greater offset is the earlier instant.
                var offsets = zone.GetAmbiguousTimeOffsets(local);
                Array.Sort(offsets);
                for (var index = offsets.Length - 1; index >= 0; index--)
                {
                    if (Instant(local, offsets[index]) is var either && either >= from)
                    {
                        return either;
                    }
                }
            }
            else
            {
                // Where two sets of rules of a zone meet, a time that is skipped is not called invalid, but at its instant clocks show another.
                var offset = zone.GetUtcOffset(local);
                if (zone.IsInvalidTime(local) || zone.GetUtcOffset(Instant(local, offset)) != offset)
                {
                    offset = zone.GetUtcOffset(local.AddDays(-1));
                }

                if (Instant(local, offset) is var instant && instant >= from)
                {
                    return instant;
                }
            }
        }
    }

    private static DateTimeOffset Instant(DateTime local, TimeSpan offset) => new(DateTime.SpecifyKind(local - offset, DateTimeKind.Utc));
}
