namespace PushGateway.Server.Api.Engagement;

/// <param name="Devices">Ids of 1 to 1,000 devices on which the event's notification was opened.</param>
internal sealed record OpenedDevicesRequest(IReadOnlyList<string?>? Devices);

/// <param name="Opened">1 to 1,000 of them, of one event or of many.</param>
internal sealed record OpenedRequest(IReadOnlyList<OpenedItem?>? Opened);

/// <param name="Event">The event's id, from the answer to the publish, from a live message, or from the notification's own data.</param>
/// <param name="Device">The device's id.</param>
internal sealed record OpenedItem(string? Event, string? Device);

/// <param name="Counted">How many were counted.</param>
/// <param name="Repeated">How many had been counted before.</param>
/// <param name="Errors">The others: nothing is gained by sending them again.</param>
internal sealed record OpenedResponse(int Counted, int Repeated, IReadOnlyList<OpenedError> Errors);

/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Code">event.unknown or device.unknown.</param>
internal sealed record OpenedError(int Index, string Code, string Detail);
