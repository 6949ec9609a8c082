using CsCheck;
using PushGateway.Core.Time;

namespace PushGateway.Core.Tests;

public sealed class QuietHoursTests
{
    [Theory]
    [InlineData("22:00", "08:00", "2026-06-01T19:59:00Z", null)]
    [InlineData("22:00", "08:00", "2026-06-01T20:00:00Z", "2026-06-02T06:00:00Z")]
    [InlineData("22:00", "08:00", "2026-06-02T05:59:59Z", "2026-06-02T06:00:00Z")]
    [InlineData("22:00", "08:00", "2026-06-02T06:00:00Z", null)]
    [InlineData("13:00", "15:00", "2026-06-01T11:30:00Z", "2026-06-01T13:00:00Z")]
    [InlineData("22:00", "02:30", "2026-03-28T22:00:00Z", "2026-03-29T01:30:00Z")] // the night without a 02:30
    public void EndAt_InMadrid_IsWhenTheHoursAreOver(string from, string to, string now, string? expected) => Assert.Equal(
        expected is null ? null : DateTimeOffset.Parse(expected),
        new QuietHours(TimeOnly.Parse(from), TimeOnly.Parse(to), null)
            .EndAt(TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid"), DateTimeOffset.Parse(now)));

    [Fact]
    public void EndAt_AnyInstant_IsLaterAndNotQuietAgain()
    {
        var hours = new QuietHours(new TimeOnly(22, 0), new TimeOnly(8, 0), null);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        Gen.Long[new DateTime(2020, 1, 1).Ticks, new DateTime(2030, 1, 1).Ticks].Sample(ticks =>
        {
            var now = new DateTimeOffset(ticks, TimeSpan.Zero);
            return hours.EndAt(zone, now) is not { } end || (end > now && end - now <= TimeSpan.FromHours(11) && hours.EndAt(zone, end) is null);
        });
    }
}
