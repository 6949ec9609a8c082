namespace PushGateway.Simulator.Apns;

/// <summary>A provider token whose signature, key ID and team were found right. Its age is judged at each use.</summary>
internal sealed record ProviderToken(string Authorization, ApnsKey Key, DateTimeOffset IssuedAt);
