using System.Text.Json.Nodes;
using PushGateway.Core.Events;

namespace PushGateway.Server.Api.Events;

/// <summary>What a publisher posts, once.</summary>
internal record PublishRequest
{
    /// <summary>The publisher's word for the kind of event, such as video.published; an id. A CloudEvent's own type stands in when absent.</summary>
    public string? Type { get; init; }

    public AudienceRequest? Audience { get; init; }

    public FilterRequest? Filter { get; init; }

    public ContentRequest? Notification { get; init; }

    /// <summary>Texts by BCP 47 tag, laid over the notification for devices of that locale.</summary>
    public IReadOnlyDictionary<string, ContentRequest>? Localizations { get; init; }

    public IReadOnlyDictionary<string, string>? Data { get; init; }

    public OptionsRequest? Options { get; init; }

    public ApnsRequest? Apns { get; init; }

    /// <summary>Raw fields of the FCM message, merged last.</summary>
    public JsonObject? Fcm { get; init; }
}

/// <summary>One event of a batch: what would be posted alone, and its idempotency key beside it.</summary>
internal sealed record BatchEventRequest : PublishRequest
{
    /// <summary>What would be the header Idempotency-Key of the single call, by the same rules.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>Several events in one request.</summary>
/// <param name="Events">1 to 1,000.</param>
internal sealed record BatchRequest(IReadOnlyList<BatchEventRequest> Events);

/// <summary>Who an event is for: exactly one member.</summary>
internal sealed record AudienceRequest
{
    public string? Channel { get; init; }

    public IReadOnlyList<string>? Channels { get; init; }

    public IReadOnlyList<string>? Subscribers { get; init; }

    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>Every device of the app; only true makes sense.</summary>
    public bool? All { get; init; }

    /// <summary>
    /// Subscribers by the channels they are in and not in: 'news' in channels &amp;&amp; !('vip' in channels), with &amp;&amp;, ||, ! and
    /// parentheses; at most 1,000 channels, 65,536 characters, 50 levels.
    /// </summary>
    public string? Condition { get; init; }

    /// <summary>Name of a saved audience. It is looked up when the event is published, and the event keeps what it was then.</summary>
    public string? Saved { get; init; }
}

/// <summary>Narrows the audience; every condition must hold.</summary>
internal sealed record FilterRequest
{
    /// <summary>Of apns, fcm.</summary>
    public IReadOnlyList<string>? Providers { get; init; }

    /// <summary>BCP 47 tags; en matches en and en-US.</summary>
    public IReadOnlyList<string>? Locales { get; init; }

    /// <summary>By name: the tag's value, a list of values of which it has one, true for a tag that is there, false for one that is not.</summary>
    public IReadOnlyDictionary<string, TagMatch>? Tags { get; init; }

    /// <summary>IANA ids as the devices named them; a device that named none does not match.</summary>
    public IReadOnlyList<string>? TimeZones { get; init; }

    /// <summary>A device without a version, or with one that is not numbers between dots, does not match.</summary>
    public AppVersionRequest? AppVersion { get; init; }

    public LastSeenRequest? LastSeen { get; init; }
}

/// <summary>Versions compared number by number, 2.10 after 2.9 and 2.1 as 2.1.0; one bound at least.</summary>
internal sealed record AppVersionRequest
{
    /// <summary>The lowest.</summary>
    public string? From { get; init; }

    /// <summary>The first that is too high.</summary>
    public string? To { get; init; }
}

/// <summary>When the device last registered; one member at least.</summary>
internal sealed record LastSeenRequest
{
    /// <summary>Days before the event begins, 1 to 3,650.</summary>
    public int? WithinDays { get; init; }

    /// <summary>RFC 3339 with an offset: at this instant or later.</summary>
    public string? After { get; init; }

    /// <summary>RFC 3339 with an offset: before this instant.</summary>
    public string? Before { get; init; }
}

/// <summary>Text and presentation. In a localization, what is absent is inherited.</summary>
internal sealed record ContentRequest
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

internal sealed record OptionsRequest
{
    /// <summary>high, normal (when absent) or bulk.</summary>
    public string? Priority { get; init; }

    /// <summary>0 to 2,419,200; the latter when absent.</summary>
    public long? TtlSeconds { get; init; }

    /// <summary>A later notification with the same one replaces this one on the device; 1 to 64 bytes of UTF-8.</summary>
    public string? CollapseId { get; init; }

    /// <summary>RFC 3339 with an offset, at most a year ahead; a time gone by means now.</summary>
    public string? SendAt { get; init; }

    /// <summary>Notifications a second over all providers, 1 to 1,000,000.</summary>
    public int? MaxRatePerSecond { get; init; }

    /// <summary>Shows nothing: wakes the app with the data. Neither quiet hours nor the cap are for such events.</summary>
    public bool? Silent { get; init; }

    /// <summary>
    /// Whether an attempt of which nobody can know the outcome, because the connection died after sending, is repeated; true when absent.
    /// With false no device can get the notification twice for it, and such a device is rejected with reason OutcomeUnknown.
    /// </summary>
    public bool? ResendUnknown { get; init; }

    /// <summary>
    /// Time of day, such as 18:00: each device gets the notification when it is that time by its own clock, the first time at or after
    /// sendAt, or after now. The TTL counts from then.
    /// </summary>
    public string? LocalTime { get; init; }

    /// <summary>IANA id, for devices that named no time zone; that of the app's quiet hours when absent, or else UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Whether the app's quiet hours do not hold this event; true for high priority when absent, false for the others.</summary>
    public bool? IgnoreQuietHours { get; init; }

    /// <summary>Whether the app's cap does not hold this event, nor count it; true for high priority when absent, false for the others.</summary>
    public bool? IgnoreCap { get; init; }

    /// <summary>
    /// Whether clients connected to the channels of the audience get the event: also, beside the devices; first, and then the devices that have not confirmed it; only, and no device; off. When absent, also for an audience of
    /// channels without a filter, and off for every other.
    /// </summary>
    public string? Live { get; init; }

    /// <summary>With live first: for how long after the event went live nothing is sent, so that connected clients can confirm it, 1 to 60; 5 when absent.</summary>
    public int? LiveWaitSeconds { get; init; }
}

/// <summary>What is added for APNs only, last.</summary>
internal sealed record ApnsRequest
{
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public JsonObject? Payload { get; init; }
}
