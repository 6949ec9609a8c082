namespace PushGateway.Client.Events;

/// <summary>A notification that was opened.</summary>
/// <param name="Event">The event's id.</param>
/// <param name="Device">The device's id.</param>
public sealed record OpenedNotification(string Event, string Device);

internal sealed record OpenedBody(IReadOnlyList<OpenedNotification> Opened);
