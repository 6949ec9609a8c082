using System.Text.Json.Nodes;

namespace PushGateway.Client.Events;

/// <summary>What a publisher posts, once.</summary>
public sealed record EventRequest
{
    /// <summary>The publisher's word for the kind of event, such as <c>video.published</c>.</summary>
    public required string Type { get; init; }

    public required EventAudience Audience { get; init; }

    public EventFilter? Filter { get; init; }

    public EventNotification? Notification { get; init; }

    /// <summary>Texts by BCP 47 tag, laid over <see cref="Notification"/> for devices of that locale.</summary>
    public IReadOnlyDictionary<string, EventNotification>? Localizations { get; init; }

    public IReadOnlyDictionary<string, string>? Data { get; init; }

    public EventRequestOptions? Options { get; init; }

    /// <summary>Laid over what is rendered for APNs: <c>headers</c>, <c>payload</c>.</summary>
    public JsonObject? Apns { get; init; }

    /// <summary>Merged into the FCM message.</summary>
    public JsonObject? Fcm { get; init; }
}

/// <summary>Who an event is for: exactly one member is set.</summary>
public sealed record EventAudience
{
    public string? Channel { get; init; }

    public IReadOnlyList<string>? Channels { get; init; }

    public IReadOnlyList<string>? Subscribers { get; init; }

    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>Every device of the app.</summary>
    public bool? All { get; init; }

    /// <summary>Subscribers by the channels they are in and not in: <c>'news' in channels &amp;&amp; !('vip' in channels)</c>.</summary>
    public string? Condition { get; init; }

    /// <summary>Name of a saved audience, as it is when the event is published.</summary>
    public string? Saved { get; init; }
}

/// <summary>Narrows an audience; every condition must hold.</summary>
public sealed record EventFilter
{
    /// <summary>Of <c>apns</c>, <c>fcm</c>.</summary>
    public IReadOnlyList<string>? Providers { get; init; }

    /// <summary>BCP 47 tags; <c>en</c> matches <c>en-US</c> too.</summary>
    public IReadOnlyList<string>? Locales { get; init; }

    /// <summary>What is asked of the device's tags, by name; a string is the value a tag must have.</summary>
    public IReadOnlyDictionary<string, TagMatch>? Tags { get; init; }

    /// <summary>IANA ids, as the devices named them.</summary>
    public IReadOnlyList<string>? TimeZones { get; init; }

    public AppVersionRange? AppVersion { get; init; }

    public LastSeen? LastSeen { get; init; }
}

/// <summary>Versions of the app, compared number by number: 2.10 comes after 2.9. One bound at least.</summary>
/// <param name="From">The lowest.</param>
/// <param name="To">The first that is too high.</param>
public sealed record AppVersionRange(string? From = null, string? To = null);

/// <summary>When the device last registered; one member at least.</summary>
public sealed record LastSeen
{
    /// <summary>Days before the event begins, 1 to 3,650.</summary>
    public int? WithinDays { get; init; }

    /// <summary>At this instant or later.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Before this instant.</summary>
    public DateTimeOffset? Before { get; init; }
}

/// <summary>Text and presentation.</summary>
public sealed record EventNotification
{
    public string? Title { get; init; }

    public string? Body { get; init; }

    public string? ImageUrl { get; init; }

    public string? Sound { get; init; }

    /// <summary>0 clears the app's badge.</summary>
    public int? Badge { get; init; }

    public string? ThreadId { get; init; }

    public string? Category { get; init; }
}

public sealed record EventRequestOptions
{
    /// <summary><c>high</c>, <c>normal</c> or <c>bulk</c>.</summary>
    public string? Priority { get; init; }

    public long? TtlSeconds { get; init; }

    /// <summary>A later notification with the same one replaces this one on the device.</summary>
    public string? CollapseId { get; init; }

    public DateTimeOffset? SendAt { get; init; }

    public int? MaxRatePerSecond { get; init; }

    /// <summary>Shows nothing: wakes the app with the data.</summary>
    public bool? Silent { get; init; }

    /// <summary>
    /// Whether an attempt of which nobody can know the outcome is repeated; <see langword="null"/> for yes. With <see langword="false"/> such a
    /// device is rejected with reason <c>OutcomeUnknown</c> instead of perhaps getting the notification twice.
    /// </summary>
    public bool? ResendUnknown { get; init; }

    /// <summary>Such as <c>18:00</c>: each device gets it when it is that time by its own clock, the first time at or after <see cref="SendAt"/>.</summary>
    public string? LocalTime { get; init; }

    /// <summary>IANA id, for devices that named no time zone; <see langword="null"/> for that of the app's quiet hours, or else UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary><see langword="null"/>: only high priority is not held by the app's quiet hours.</summary>
    public bool? IgnoreQuietHours { get; init; }

    /// <summary><see langword="null"/>: only high priority is not held by the app's cap, nor counted.</summary>
    public bool? IgnoreCap { get; init; }

    /// <summary>
    /// <c>also</c>: to clients that are connected to the channels of the audience as well; <c>first</c>: and then to the devices that have not confirmed it; <c>only</c>: to them and no device; <c>off</c>. <see langword="null"/>: also for an
    /// audience of channels without a filter, off for every other.
    /// </summary>
    public string? Live { get; init; }

    /// <summary>With <see cref="Live"/> <c>first</c>: for how long nothing is sent, so that connected clients can confirm, 1 to 60; <see langword="null"/> for 5.</summary>
    public int? LiveWaitSeconds { get; init; }
}
