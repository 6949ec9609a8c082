namespace PushGateway.Core.Engagement;

/// <summary>A person opened the notification of an event on a device. Only the app knows, and says so.</summary>
public readonly record struct OpenedNotification(string EventId, string DeviceId);

/// <summary>What became of the report that a notification was opened.</summary>
public enum OpenStatus : byte
{
    Counted,

    /// <summary>The device had been counted for the event before; nothing changed.</summary>
    Repeated,

    /// <summary>The app has no such event, or no longer has it.</summary>
    UnknownEvent,

    /// <summary>The app has no such device, or it is another subscriber's.</summary>
    UnknownDevice,
}

/// <summary>Persistence of what was opened: once for each device and event, for as long as the event is kept.</summary>
/// <remarks>Whether the device was notified is not looked up: it would cost more than the count is worth. The account of the event is not touched.</remarks>
public interface IOpenStore
{
    /// <summary>Counts what has not been counted, with one commit. One that is refused costs the others nothing.</summary>
    /// <param name="subscriberId">Whose devices count; <see langword="null"/> for all of the app's.</param>
    /// <returns>What became of each, in the same order.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<IReadOnlyList<OpenStatus>> RecordAsync(int appKey, string? subscriberId, IReadOnlyList<OpenedNotification> opened, CancellationToken cancellationToken);
}
