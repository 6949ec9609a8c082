using PushGateway.Core.Apps;
using PushGateway.Core.Time;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Apps;

/// <summary>The columns of an app's row that hold its limits.</summary>
internal static class AppLimitsColumns
{
    public static AppLimits Read(AppRow row) => new()
    {
        MaxRatePerSecond = row.MaxRatePerSecond,
        QuietHours = row is { QuietFromMinute: { } from, QuietToMinute: { } to } ? new QuietHours(OfMinute(from), OfMinute(to), row.QuietTimeZone) : null,
        MaxPerSubscriberPerDay = row.MaxPerSubscriberPerDay,
    };

    public static void Write(AppLimits limits, AppRow row)
    {
        (row.QuietFromMinute, row.QuietToMinute) = (MinuteOf(limits.QuietHours?.From), MinuteOf(limits.QuietHours?.To));
        row.QuietTimeZone = limits.QuietHours?.TimeZone;
        row.MaxRatePerSecond = limits.MaxRatePerSecond;
        row.MaxPerSubscriberPerDay = limits.MaxPerSubscriberPerDay;
    }

    private static TimeOnly OfMinute(int minute) => new(minute / 60, minute % 60);

    private static int? MinuteOf(TimeOnly? time) => time is { } at ? (at.Hour * 60) + at.Minute : null;
}
