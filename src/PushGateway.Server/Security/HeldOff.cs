namespace PushGateway.Server.Security;

/// <summary>The request's key was not looked at, because too many wrong ones came from its address.</summary>
/// <param name="Wait">Until one is looked at again.</param>
internal sealed record HeldOff(TimeSpan Wait);
