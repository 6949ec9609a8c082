using System.Globalization;
using System.Text.Json.Nodes;
using PushGateway.Core.Events;

namespace PushGateway.Admin.Pages;

internal enum DraftWhen
{
    Now,

    /// <summary>At one instant, for all.</summary>
    Later,

    /// <summary>At a time of day, on each device's own clock.</summary>
    LocalTime,
}

/// <summary>When what is being written is sent; times are read off the clock of <see cref="Zone"/>.</summary>
internal sealed class DraftSchedule
{
    public const string Utc = "UTC";

    public DraftWhen When { get; set; }

    /// <summary>An IANA id that this machine knows.</summary>
    public string Zone { get; set; } = Utc;

    public DateTime SendAt { get; set; }

    /// <summary>On the devices' clocks.</summary>
    public TimeOnly LocalTime { get; set; } = new(18, 0);

    public bool IsScheduled => When != DraftWhen.Now;

    /// <summary>The instant that <see cref="SendAt"/> is in <see cref="Zone"/>: the first of two where clocks go back; where they go forward, as they showed before that.</summary>
    /// <remarks>At the ends of the calendar, where a zone's clocks show what UTC never will, the last or first instant there is: whoever checks it says what is wrong.</remarks>
    public DateTimeOffset Instant => new(Math.Clamp(SendAt.Ticks - Offset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), TimeSpan.Zero);

    /// <summary>Something about that time that whoever chose it should know; <see langword="null"/> when it is an ordinary one.</summary>
    public string? Oddity => Find(Zone) is not { } zone ? null
        : zone.IsInvalidTime(Wall) ? "Clocks go forward over that time; it is sent as much later."
        : zone.IsAmbiguousTime(Wall) ? "Clocks show that time twice that day; the first is meant."
        : null;

    /// <summary>Reckoned by this machine or not.</summary>
    public static bool Knows(string zone) => Find(zone) is not null;

    /// <summary>What the zone's clocks are ahead of UTC at that time, such as UTC+2 or UTC−3:30.</summary>
    public static string OffsetName(TimeSpan offset) => offset == TimeSpan.Zero ? Utc
        : $"UTC{(offset < TimeSpan.Zero ? "−" : "+")}{Math.Abs(offset.Hours)}{(offset.Minutes == 0 ? null : $":{Math.Abs(offset.Minutes):00}")}";

    public TimeSpan Offset => Find(Zone) is not { } zone ? TimeSpan.Zero
        : zone.IsAmbiguousTime(Wall) ? zone.GetAmbiguousTimeOffsets(Wall).Max()
        : zone.IsInvalidTime(Wall) ? zone.GetUtcOffset(Wall.AddHours(-3))
        : zone.GetUtcOffset(Wall);

    private DateTime Wall => DateTime.SpecifyKind(SendAt, DateTimeKind.Unspecified);

    public void TakeOver(EventOptions options)
    {
        if (options.LocalTime is { } localTime)
        {
            (When, LocalTime) = (DraftWhen.LocalTime, localTime);
            Zone = options.TimeZone is { } zone && Knows(zone) ? zone : Utc;
        }
    }

    public void AddTo(JsonObject options)
    {
        if (When == DraftWhen.Later)
        {
            options["sendAt"] = Instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
        else if (When == DraftWhen.LocalTime)
        {
            options["localTime"] = LocalTime.ToString("HH:mm", CultureInfo.InvariantCulture);
            options["timeZone"] = Zone;
        }
    }

    private static TimeZoneInfo? Find(string zone) => TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : null;
}
