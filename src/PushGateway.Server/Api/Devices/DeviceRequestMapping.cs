using PushGateway.Core.Devices;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Devices;

/// <summary>Checks and maps one registration.</summary>
internal static class DeviceRequestMapping
{
    /// <returns><see langword="null"/> when there are errors.</returns>
    public static DeviceRegistration? Map(string deviceId, DeviceRequest request, FieldErrors errors)
    {
        var fields = new DeviceFields
        {
            Device = deviceId,
            Provider = request.Provider,
            Token = request.Token,
            Subscriber = request.Subscriber,
            Environment = request.Environment,
            Locale = request.Locale,
            TimeZone = request.TimeZone,
            AppVersion = request.AppVersion,
            Tags = request.Tags,
        };
        return DeviceRules.Map(fields, errors);
    }
}
