using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Words;

/// <summary>Providers and how they are doing, in words that say what to do.</summary>
internal static class ProviderWords
{
    public static string Name(ProviderKind provider) => provider == ProviderKind.Apns ? "APNs" : "FCM";

    public static string LongName(ProviderKind provider) => provider == ProviderKind.Apns ? "Apple Push Notification service" : "Firebase Cloud Messaging";

    public static string What(ProviderHealth health, string appName) => health.State switch
    {
        ProviderState.Stopped => $"{Name(health.Provider)} is stopped for {appName}: it refused the credential ({health.Reason}).",
        ProviderState.BackingOff when health.Reason is GatewayReasons.ConnectionFailed or GatewayReasons.Timeout =>
            $"{Name(health.Provider)} cannot be reached for {appName}.",
        ProviderState.BackingOff when Reasons.IsThrottle(health.Reason) => $"{Name(health.Provider)} asks {appName} to slow down ({health.Reason}).",
        ProviderState.BackingOff => $"{Name(health.Provider)} is failing for {appName} ({health.Reason}).",
        _ => $"{Name(health.Provider)} is well for {appName}.",
    };

    public static string Todo(ProviderHealth health) => health.State switch
    {
        ProviderState.Stopped => $"{Reasons.Explain(health.Provider, health.Reason)} Devices wait and none is lost.",
        ProviderState.BackingOff when health.Reason is GatewayReasons.ConnectionFailed or GatewayReasons.Timeout =>
            "Devices wait, and it is tried again by itself. If it lasts, look at the network, the firewall or the proxy between the gateway and the provider.",
        ProviderState.BackingOff when Reasons.IsThrottle(health.Reason) => $"{Reasons.Explain(health.Provider, health.Reason)} Devices wait and none is lost.",
        ProviderState.BackingOff => "Nothing to do: it is tried again by itself, little by little. Devices wait and none is lost.",
        _ => string.Empty,
    };

    public static string State(ProviderState state) => state switch
    {
        ProviderState.Running => "Ready",
        ProviderState.BackingOff => "Waiting",
        ProviderState.Stopped => "Stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Unknown provider state."),
    };
}
