using PushGateway.Core.Providers;

namespace PushGateway.Core.Events;

public enum AudienceKind : byte
{
    /// <summary>Every device whose subscriber is subscribed to at least one of the channels, once.</summary>
    Channels = 0,
    Subscribers = 1,
    Devices = 2,

    /// <summary>Every device of the app.</summary>
    All = 3,
}

/// <summary>Who an event is for. Exactly one kind, with its ids (none for <see cref="AudienceKind.All"/>).</summary>
/// <param name="Ids">Distinct, in the order given.</param>
public sealed record Audience(AudienceKind Kind, IReadOnlyList<string> Ids)
{
    /// <summary>How many channels, subscribers or devices one event may name.</summary>
    public const int MaxIds = 1000;

    public static Audience All { get; } = new(AudienceKind.All, []);
}

/// <summary>Narrows an audience; every condition must hold. Empty lists do not narrow.</summary>
public sealed record AudienceFilter
{
    public static AudienceFilter None { get; } = new();

    public ProviderSet Providers { get; init; } = ProviderSet.All;

    /// <summary>Lower-case BCP 47 tags; <c>en</c> matches <c>en</c> and <c>en-us</c>.</summary>
    public IReadOnlyList<string> Locales { get; init; } = [];

    /// <summary>Tags the device must have, with these values.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(0);
}
