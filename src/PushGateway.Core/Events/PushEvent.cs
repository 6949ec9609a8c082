using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PushGateway.Core.Time;

namespace PushGateway.Core.Events;

/// <summary>What a publisher posted, once: validated, and complete enough to be rendered and sent at any later time.</summary>
public sealed record PushEvent
{
    /// <summary>Our id for it, such as <c>01990d7e3f0a7c51b2c4…</c>: 32 hexadecimal digits of a version 7 UUID, so ids sort by time.</summary>
    public required string Id { get; init; }

    public required string AppId { get; init; }

    /// <summary>The publisher's word for the kind of event, such as <c>video.published</c>.</summary>
    public required string Type { get; init; }

    public required Audience Audience { get; init; }

    public AudienceFilter Filter { get; init; } = AudienceFilter.None;

    public NotificationContent Notification { get; init; } = new();

    /// <summary>Texts by lower-case BCP 47 tag, laid over <see cref="Notification"/> for devices of that locale.</summary>
    public IReadOnlyDictionary<string, NotificationContent> Localizations { get; init; } = new Dictionary<string, NotificationContent>(0);

    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>(0);

    public EventOptions Options { get; init; } = new();

    /// <summary>Laid over what is rendered for APNs, last; <see langword="null"/> when the publisher gave none.</summary>
    public ApnsOverrides? Apns { get; init; }

    /// <summary>Merged into the FCM message, last; <see langword="null"/> when the publisher gave none.</summary>
    public JsonObject? Fcm { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// The W3C <c>traceparent</c> of the publish, from which the fan-out goes on, also after a restart; <see langword="null"/> when nobody traced it. Says nothing
    /// about what is sent.
    /// </summary>
    public string? TraceParent { get; init; }

    /// <summary>When sending may begin: <see cref="EventOptions.SendAt"/> or <see cref="CreatedAt"/>.</summary>
    public DateTimeOffset StartsAt => Options.SendAt is { } sendAt && sendAt > CreatedAt ? sendAt : CreatedAt;

    /// <summary>
    /// When it stops being worth sending: <see cref="StartsAt"/> plus the TTL. With a local time the TTL counts for each device from when
    /// its time has come, and this is when it has ended for the last of them.
    /// </summary>
    public DateTimeOffset Expiration => StartsAt + (Options.LocalTime is null ? TimeSpan.Zero : WallClock.LongestWait) + Options.Ttl;

    /// <summary>After this instant nothing is sent any more: <see cref="Expiration"/>, and later for a TTL of zero, which asks for one try and not for a quick one.</summary>
    [JsonIgnore]
    public DateTimeOffset Deadline => Options.Ttl == TimeSpan.Zero ? Expiration + EventOptions.ZeroTtlGrace : Expiration;

    /// <summary>
    /// The channels whose live subscribers get the event, at <see cref="StartsAt"/>. Without a word of the publisher's these are the channels of its audience, unless a filter
    /// narrows that: who is connected has no locale or tags to judge by.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<string> LiveChannels =>
        Audience.Kind == AudienceKind.Channels && Options.Live != LiveMode.Off && (Options.Live is not null || !Filter.Narrows) ? Audience.Ids : [];

    /// <summary>The event as it is for devices whose local time has come at <paramref name="instant"/>.</summary>
    public PushEvent StartingAt(DateTimeOffset instant) => this with { Options = Options with { SendAt = instant, LocalTime = null } };

    /// <summary>The same once more, now, for the devices that this one expired for.</summary>
    /// <remarks>
    /// With a TTL that begins anew, and the same collapse identity: a device that has the first copy after all shows one notification. Connected clients had theirs.
    /// </remarks>
    public PushEvent Again(DateTimeOffset now) => this with
    {
        Id = Guid.CreateVersion7(now).ToString("N"),
        Audience = Audience.ExpiredOf(Id),
        Filter = AudienceFilter.None,
        Options = Options with { SendAt = null, LocalTime = null, TimeZone = null, CollapseId = CollapseId, Live = LiveMode.Off },
        CreatedAt = now,
        TraceParent = null,
    };

    /// <summary>The event that this one is sent again for; <see langword="null"/> for one of its own.</summary>
    [JsonIgnore]
    public string? ResendOf => Audience.Kind == AudienceKind.ExpiredOf ? Audience.Ids[0] : null;

    /// <summary>
    /// What makes a second copy replace the first on the device: the publisher's collapse id, else one derived from the event.
    /// At most 64 bytes, the limit of <c>apns-collapse-id</c>.
    /// </summary>
    public string CollapseId => Options.CollapseId ?? Id;
}

/// <summary>Text and presentation of a notification. Every member is optional; in a localization the absent ones are inherited.</summary>
public sealed record NotificationContent
{
    public string? Title { get; init; }

    public string? Body { get; init; }

    public string? ImageUrl { get; init; }

    public string? Sound { get; init; }

    /// <summary>0 clears the app's badge.</summary>
    public int? Badge { get; init; }

    public string? ThreadId { get; init; }

    public string? Category { get; init; }

    /// <summary>This content with the given localization laid over it.</summary>
    public NotificationContent With(NotificationContent localization)
    {
        ArgumentNullException.ThrowIfNull(localization);
        return new NotificationContent
        {
            Title = localization.Title ?? Title,
            Body = localization.Body ?? Body,
            ImageUrl = localization.ImageUrl ?? ImageUrl,
            Sound = localization.Sound ?? Sound,
            Badge = localization.Badge ?? Badge,
            ThreadId = localization.ThreadId ?? ThreadId,
            Category = localization.Category ?? Category,
        };
    }
}

/// <summary>Which lane an event's pages take their turns in.</summary>
public enum EventPriority : byte
{
    High = 0,
    Normal = 1,
    Bulk = 2,
}

public sealed record EventOptions
{
    /// <summary>FCM keeps a message at most 28 days; the same is the default TTL, as it is Google's.</summary>
    public static readonly TimeSpan MaxTtl = TimeSpan.FromSeconds(2_419_200);

    public EventPriority Priority { get; init; } = EventPriority.Normal;

    /// <summary>Zero: now or never, one attempt and no storing at the provider. At most <see cref="MaxTtl"/>, which is the default.</summary>
    public TimeSpan Ttl { get; init; } = MaxTtl;

    /// <summary>At most 64 bytes of UTF-8.</summary>
    public string? CollapseId { get; init; }

    public DateTimeOffset? SendAt { get; init; }

    /// <summary>Notifications a second over all providers, 1 or more; <see langword="null"/> for no limit of its own.</summary>
    public int? MaxRatePerSecond { get; init; }

    /// <summary>
    /// The time of day, on the clock of each device, at which it gets the notification: the first time at or after
    /// <see cref="PushEvent.StartsAt"/>. <see langword="null"/>: as soon as may be.
    /// </summary>
    public TimeOnly? LocalTime { get; init; }

    /// <summary>IANA time zone id for devices that named none; <see langword="null"/> for the app's, which is UTC unless its quiet hours say otherwise.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Whether the app's quiet hours do not hold this event; <see langword="null"/> for what its priority says: only high passes.</summary>
    public bool? IgnoreQuietHours { get; init; }

    /// <summary>
    /// Whether the app's cap does not hold this event, which then does not count towards it either; <see langword="null"/> for what its
    /// priority says: only high passes.
    /// </summary>
    public bool? IgnoreCap { get; init; }

    /// <summary>A silent event disturbs nobody.</summary>
    [JsonIgnore]
    public bool PassesQuietHours => Silent || (IgnoreQuietHours ?? (Priority == EventPriority.High));

    [JsonIgnore]
    public bool PassesCap => Silent || (IgnoreCap ?? (Priority == EventPriority.High));

    /// <summary>Shows nothing: wakes the app with <see cref="PushEvent.Data"/> (APNs push type <c>background</c>).</summary>
    public bool Silent { get; init; }

    /// <summary>
    /// An attempt whose outcome nobody can know is not repeated, because that may reach a device twice: the device is rejected with
    /// <see cref="Providers.GatewayReasons.OutcomeUnknown"/>.
    /// </summary>
    public bool ForbidsResend { get; init; }

    /// <summary>What clients that are connected get of it; <see langword="null"/> for the same as everybody: see <see cref="PushEvent.LiveChannels"/>.</summary>
    public LiveMode? Live { get; init; }

    /// <summary>
    /// How long an event with TTL zero is worth a first attempt. "Now or never" is the provider's matter; the gateway still needs
    /// some time to get through a large audience.
    /// </summary>
    public static readonly TimeSpan ZeroTtlGrace = TimeSpan.FromMinutes(10);

    /// <summary>
    /// With <see cref="LiveMode.First"/>, how long after the event went live nothing is sent, so that connected clients can confirm: 1 second to 60.
    /// <see langword="null"/> for <see cref="DefaultLiveWait"/>.
    /// </summary>
    public TimeSpan? LiveWait { get; init; }

    public static readonly TimeSpan DefaultLiveWait = TimeSpan.FromSeconds(5);

    /// <summary>Whether devices that confirm the live message are not sent the notification.</summary>
    [JsonIgnore]
    public bool AwaitsConfirmation => Live == LiveMode.First;
}

/// <summary>Whether an event goes to clients that are connected to its channels. The numbers are stored.</summary>
public enum LiveMode : byte
{
    /// <summary>To them and to the devices.</summary>
    Also = 0,

    /// <summary>To them and to nobody else.</summary>
    Only = 1,

    /// <summary>To the devices and to nobody else.</summary>
    Off = 2,

    /// <summary>To them, and to the devices that have not confirmed it within <see cref="EventOptions.LiveWait"/>.</summary>
    First = 3,
}

/// <summary>What a publisher adds for APNs only.</summary>
public sealed record ApnsOverrides
{
    /// <summary>Lower-case header names, such as <c>apns-priority</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(0);

    public JsonObject? Payload { get; init; }
}
