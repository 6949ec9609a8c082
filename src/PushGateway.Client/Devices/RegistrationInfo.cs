namespace PushGateway.Client.Devices;

/// <summary>What a registration did.</summary>
/// <param name="Subscriber">The owner; the device itself when none was named.</param>
/// <param name="Change"><c>created</c>, <c>updated</c>, or <c>unchanged</c> but for the time it was last seen.</param>
public sealed record RegistrationInfo(string Id, string Subscriber, string Change);
