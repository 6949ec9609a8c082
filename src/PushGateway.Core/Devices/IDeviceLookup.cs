using PushGateway.Core.Providers;

namespace PushGateway.Core.Devices;

/// <summary>Finds a device by what a person has of it.</summary>
public interface IDeviceLookup
{
    /// <param name="token">As <see cref="DeviceToken.TryNormalize"/> gives it.</param>
    /// <returns>The id of the app's device with this token; <see langword="null"/> when there is none.</returns>
    Task<string?> FindByTokenAsync(int appKey, ProviderKind provider, string token, CancellationToken cancellationToken);
}
