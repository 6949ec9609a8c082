namespace PushGateway.Server.Api.Removals;

/// <summary>A device that was removed, set aside or held because of a provider's answer.</summary>
/// <param name="Id">To undo it by.</param>
/// <param name="Token">Its first characters; null once the device has been deleted on request.</param>
/// <param name="State">removed; quarantined (left out of audiences); held (to be decided about); undone; overtaken (was held, and the device has registered since).</param>
/// <param name="Reason">The provider's word.</param>
/// <param name="Event">The event whose notification was answered so.</param>
/// <param name="UndoUntil">Until then it can be undone; null when it waits for a decision, and when it cannot be undone.</param>
internal sealed record RemovalResponse(
    string Id, string Device, string Subscriber, string Provider, string? Token, string State, string Reason, string? Event, DateTimeOffset At,
    DateTimeOffset? UndoUntil);

/// <summary>Which removals are to be undone.</summary>
internal sealed record UndoRequest
{
    /// <summary>Those of this instant or later, RFC 3339.</summary>
    public string? Since { get; init; }

    /// <summary>Those before this instant, RFC 3339.</summary>
    public string? Until { get; init; }

    /// <summary>Only those with this word of the provider.</summary>
    public string? Reason { get; init; }

    /// <summary>Only those of this event.</summary>
    public string? Event { get; init; }

    /// <summary>Only those of this provider, apns or fcm.</summary>
    public string? Provider { get; init; }
}

/// <param name="Undone">Devices that are back as they were.</param>
/// <param name="Skipped">Devices left as they are, by why: tokenMoved, registeredAnew, deviceDeleted.</param>
internal sealed record UndoResponse(long Undone, IReadOnlyDictionary<string, long> Skipped);

/// <summary>What is decided about held removals.</summary>
internal sealed record ReleaseRequest
{
    /// <summary>apns or fcm.</summary>
    public string? Provider { get; init; }

    /// <summary>apply: the devices are removed. discard: they are back in audiences.</summary>
    public string? Decision { get; init; }

    /// <summary>With apply, how long further removals are applied however many they are, 0 to 604,800; 86,400 when absent.</summary>
    public int? AllowForSeconds { get; init; }
}

/// <param name="Changed">Devices removed, or back in audiences.</param>
/// <param name="Skipped">Devices left as they are, by why: registeredAnew, credentialChanged, deviceDeleted.</param>
/// <param name="AllowedUntil">Until then removals are applied however many they are; null when they are watched again at once.</param>
internal sealed record ReleaseResponse(long Changed, IReadOnlyDictionary<string, long> Skipped, DateTimeOffset? AllowedUntil);
