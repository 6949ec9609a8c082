using PushGateway.Core.Providers;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Devices;

/// <summary>The contract's words for APNs environments.</summary>
internal static class EnvironmentNames
{
    public const string Production = "production";
    public const string Sandbox = "sandbox";

    /// <returns><see langword="null"/> when it was never said.</returns>
    public static string? Of(DeviceEnvironment environment) => environment switch
    {
        DeviceEnvironment.Production => Production,
        DeviceEnvironment.Sandbox => Sandbox,
        _ => null,
    };

    public static DeviceEnvironment Map(string? text, string field, FieldErrors errors)
    {
        switch (text)
        {
            case null:
                return DeviceEnvironment.Unspecified;
            case Production:
                return DeviceEnvironment.Production;
            case Sandbox:
                return DeviceEnvironment.Sandbox;
            default:
                errors.Add(field, "environment.invalid", $"Must be {Production} or {Sandbox}.");
                return DeviceEnvironment.Unspecified;
        }
    }
}
