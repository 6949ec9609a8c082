namespace PushGateway.Live.Transports;

/// <summary>For how long a client may listen.</summary>
/// <param name="ExpiresAt"><see langword="null"/> without an end of its own.</param>
/// <param name="IsGiven">Asked now and then: whether what it was given on still stands.</param>
public sealed record LiveLease(DateTimeOffset? ExpiresAt, Func<bool> IsGiven);
