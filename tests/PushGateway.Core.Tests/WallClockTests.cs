using CsCheck;
using PushGateway.Core.Time;

namespace PushGateway.Core.Tests;

public sealed class WallClockTests
{
    // Offsets of whole hours and not, both hemispheres, clocks moved by half an hour, a day that was left out.
    private static readonly string[] s_zones =
    [
        "UTC", "Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Pacific/Kiritimati",
        "Pacific/Pago_Pago", "Africa/Casablanca", "Asia/Tehran", "America/Sao_Paulo",
    ];

    private static readonly Gen<(TimeZoneInfo Zone, TimeOnly Time, DateTimeOffset From)> s_any = Gen.Select(
        Gen.Int[0, s_zones.Length - 1].Select(index => TimeZoneInfo.FindSystemTimeZoneById(s_zones[index])),
        Gen.Int[0, (24 * 60) - 1].Select(minute => new TimeOnly(minute / 60, minute % 60)),
        Gen.Long[new DateTime(2010, 1, 1).Ticks, new DateTime(2035, 1, 1).Ticks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero)));

    [Fact]
    public void Next_AnyZoneTimeAndInstant_IsTheFirstAtWhichClocksShowIt() => s_any.Sample(
        (zone, time, from) =>
        {
            var next = WallClock.Next(zone, time, from);
            if (next < from || next - from > WallClock.LongestWait)
            {
                return false;
            }

            // Minute by minute, which is how finely times are given. A time that clocks skip is shown by none.
            var shown = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(next, zone).DateTime);
            var isSkipped = shown != time;
            var minute = new DateTimeOffset(from.Ticks - (from.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
            for (minute = minute < from ? minute.AddMinutes(1) : minute; minute < next; minute = minute.AddMinutes(1))
            {
                if (TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(minute, zone).DateTime) == time)
                {
                    return false;
                }
            }

            return !isSkipped || IsAfterAGap(zone, next);
        },
        iter: 2_000);

    [Theory]
    [InlineData("Europe/Madrid", "18:00", "2026-06-01T12:00:00Z", "2026-06-01T16:00:00Z")]
    [InlineData("Europe/Madrid", "18:00", "2026-06-01T16:00:00Z", "2026-06-01T16:00:00Z")] // just now
    [InlineData("Europe/Madrid", "18:00", "2026-06-01T16:00:01Z", "2026-06-02T16:00:00Z")] // gone: the next day
    [InlineData("Asia/Tokyo", "18:00", "2026-06-01T12:00:00Z", "2026-06-02T09:00:00Z")]
    [InlineData("Europe/Madrid", "02:30", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z")] // skipped: as if nobody had moved the clock
    [InlineData("Europe/Madrid", "02:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")] // shown twice: the first
    [InlineData("Europe/Madrid", "02:30", "2026-10-25T00:31:00Z", "2026-10-25T01:30:00Z")] // the second, since the first has passed
    [InlineData("Pacific/Apia", "18:00", "2011-12-30T05:00:00Z", "2011-12-31T04:00:00Z")] // there was no 30 December
    [InlineData("Africa/Casablanca", "02:10", "2012-08-19T14:32:04Z", "2012-08-20T02:10:00Z")] // skipped where two sets of rules meet
    public void Next_Examples(string zone, string time, string from, string expected) => Assert.Equal(
        DateTimeOffset.Parse(expected),
        WallClock.Next(TimeZoneInfo.FindSystemTimeZoneById(zone), TimeOnly.Parse(time), DateTimeOffset.Parse(from)));

    private static bool IsAfterAGap(TimeZoneInfo zone, DateTimeOffset instant) =>
        zone.GetUtcOffset(instant) > zone.GetUtcOffset(instant.AddHours(-25)) || zone.GetUtcOffset(instant) > zone.GetUtcOffset(instant.AddHours(-3));
}
