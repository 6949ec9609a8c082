namespace PushGateway.Storage.Entities;

/// <summary>A device on which an event's notification was opened: there so that it is counted once.</summary>
internal sealed class OpenedDeviceRow
{
    public long EventKey { get; set; }

    public long DeviceKey { get; set; }
}
