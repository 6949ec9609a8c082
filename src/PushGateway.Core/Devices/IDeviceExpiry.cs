namespace PushGateway.Core.Devices;

/// <summary>How it goes with devices that are not seen any more.</summary>
public interface IDeviceExpiry
{
    /// <summary>Devices this process has removed because they had not registered for long.</summary>
    long Removed { get; }
}
