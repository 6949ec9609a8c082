using System.Collections.Concurrent;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Time;

namespace PushGateway.Dispatch;

/// <summary>At what time of its day a device may be sent an event: the event's local time, the app's quiet hours. Safe for concurrent use.</summary>
internal sealed class SendingHours
{
    private readonly ConcurrentDictionary<int, DateTimeOffset> _localTimes = new();
    private readonly PushEvent _event;
    private readonly QuietHours? _quiet;

    private SendingHours(PushEvent pushEvent, QuietHours? quiet, string? fallback) =>
        (_event, _quiet, Zones) = (pushEvent, quiet, new TimeZones(fallback));

    public TimeZones Zones { get; }

    /// <returns><see langword="null"/> when the time of day does not matter.</returns>
    public static SendingHours? Of(PushEvent pushEvent, App app)
    {
        var quiet = pushEvent.Options.PassesQuietHours ? null : app.Limits.QuietHours;
        return quiet is null && pushEvent.Options.LocalTime is null
            ? null
            : new SendingHours(pushEvent, quiet, pushEvent.Options.TimeZone ?? app.Limits.QuietHours?.TimeZone);
    }

    /// <summary>When the event's local time comes in a zone. The event must have one.</summary>
    public DateTimeOffset LocalTime(int zone) => _localTimes.GetOrAdd(
        zone, static (zone, hours) => WallClock.Next(hours.Zones[zone], hours._event.Options.LocalTime!.Value, hours._event.StartsAt), this);

    /// <summary>When the quiet hours of a zone are over; <see langword="null"/> when it is not quiet there.</summary>
    public DateTimeOffset? QuietUntil(int zone, DateTimeOffset now) => _quiet?.EndAt(Zones[zone], now);
}
