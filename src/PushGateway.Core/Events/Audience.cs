namespace PushGateway.Core.Events;

/// <summary>What an audience names. The numbers are stored.</summary>
public enum AudienceKind : byte
{
    /// <summary>Every device whose subscriber is subscribed to at least one of the channels, once.</summary>
    Channels = 0,
    Subscribers = 1,
    Devices = 2,

    /// <summary>Every device of the app.</summary>
    All = 3,

    /// <summary>Every device whose subscriber is in and not in channels as <see cref="Audience.Condition"/> says.</summary>
    Condition = 4,

    /// <summary>Every device that an earlier event expired for, by its receipts: no provider had taken the notification when its time, or its attempts, had run out.</summary>
    ExpiredOf = 5,
}

/// <summary>Who an event is for. Exactly one kind, with its ids (none for <see cref="AudienceKind.All"/> and <see cref="AudienceKind.Condition"/>).</summary>
/// <param name="Ids">Distinct, in the order given. Of <see cref="AudienceKind.ExpiredOf"/> one: the event.</param>
public sealed record Audience(AudienceKind Kind, IReadOnlyList<string> Ids)
{
    /// <summary>How many channels, subscribers or devices one event may name.</summary>
    public const int MaxIds = 1000;

    public static Audience All { get; } = new(AudienceKind.All, []);

    /// <summary>Only, and always, with <see cref="AudienceKind.Condition"/>.</summary>
    public ChannelCondition? Condition { get; init; }

    /// <summary>The devices that the event expired for, as far as they are still there; of the same app, and final.</summary>
    public static Audience ExpiredOf(string eventId) => new(AudienceKind.ExpiredOf, [eventId]);

    public static Audience Where(ChannelCondition condition) => new(AudienceKind.Condition, []) { Condition = condition };
}
