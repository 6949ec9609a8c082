using PushGateway.Server.Api.Devices;

namespace PushGateway.Server.Api.Subscribers;

/// <summary>All that is kept of a subscriber.</summary>
internal sealed record SubscriberExport
{
    public required string Subscriber { get; init; }

    public required DateTimeOffset ExportedAt { get; init; }

    /// <summary>With whole tokens.</summary>
    public required IReadOnlyList<DeviceResponse> Devices { get; init; }

    public required IReadOnlyList<string> Channels { get; init; }

    /// <summary>Devices the subscriber had, as long as a kept event may be about them.</summary>
    public required IReadOnlyList<RemovedDeviceResponse> RemovedDevices { get; init; }

    /// <summary>What became of each event on each of the devices, newest event first.</summary>
    public required IReadOnlyList<SentResponse> Events { get; init; }

    /// <summary>What was opened.</summary>
    public required IReadOnlyList<OpenedOnResponse> Opened { get; init; }
}

/// <param name="Token">Whole, but for a phone that went on to somebody else.</param>
/// <param name="Reason">The provider's word, or requested, moved, tokenMoved, stale.</param>
internal sealed record RemovedDeviceResponse(string Id, string Provider, string Token, string Reason, DateTimeOffset RemovedAt);

/// <param name="Event">The event's id.</param>
/// <param name="Outcome">As in a receipt.</param>
internal sealed record SentResponse(
    string Event, string Type, DateTimeOffset PublishedAt, string Device, string Provider, string Outcome, string? Reason, DateTimeOffset At);

/// <param name="Event">The event's id.</param>
internal sealed record OpenedOnResponse(string Event, string Device);
