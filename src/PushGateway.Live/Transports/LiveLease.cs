namespace PushGateway.Live.Transports;

/// <summary>For how long a client may listen.</summary>
/// <param name="ExpiresAt"><see langword="null"/> without an end of its own.</param>
/// <param name="IsGiven">Asked before everything the client is sent: whether what it was given on still stands. Quick.</param>
public sealed record LiveLease(DateTimeOffset? ExpiresAt, Func<bool> IsGiven)
{
    /// <summary>The same, where the store has to be asked for it: every <see cref="LiveOptions.KeepAlive"/> or so. <see langword="null"/> where it has not.</summary>
    public Func<CancellationToken, ValueTask<bool>>? IsStillGiven { get; init; }

    /// <summary>When that was last known, by the clock of the stream.</summary>
    internal long KnownAt { get; set; }
}
