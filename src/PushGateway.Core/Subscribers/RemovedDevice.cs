using PushGateway.Core.Providers;

namespace PushGateway.Core.Subscribers;

/// <summary>A device that a subscriber had.</summary>
/// <param name="Reason">The provider's word, or the gateway's.</param>
public sealed record RemovedDevice(string DeviceId, ProviderKind Provider, string Token, string Reason, DateTimeOffset RemovedAt);
