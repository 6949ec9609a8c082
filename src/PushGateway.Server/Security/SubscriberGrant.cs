namespace PushGateway.Server.Security;

/// <summary>
/// What a subscriber's app may do with the token it was given: follow channels, tell others in them something, and, when its publisher allows it, keep the subscriber's own devices and
/// subscriptions. Always, to report what was opened on the subscriber's devices.
/// </summary>
/// <param name="AppKey">With the id, so that a token of a deleted app is of no use in one made anew.</param>
/// <param name="Listen">Channel ids, or beginnings of ids that end in <c>*</c>; <see langword="null"/> for those the subscriber is subscribed to.</param>
/// <param name="Send">The same for channels it may send to; empty for none.</param>
internal sealed record SubscriberGrant(
    string AppId, int AppKey, string SubscriberId, DateTimeOffset ExpiresAt, IReadOnlyList<string>? Listen, IReadOnlyList<string> Send)
{
    public const int MaxPatterns = 100;

    /// <summary>When it was given: it is good for nothing once the subscriber was deleted since.</summary>
    public DateTimeOffset IssuedAt { get; init; }

    /// <summary>Of the app's identity that it was given on; <see langword="null"/> for a token of the gateway's own.</summary>
    public long? IdentityVersion { get; init; }

    /// <summary>Whether it may register, look at and remove the subscriber's own devices.</summary>
    public bool Devices { get; init; }

    /// <summary>Channels it may subscribe the subscriber to and unsubscribe it from, as <see cref="Listen"/>; empty for none.</summary>
    public IReadOnlyList<string> Subscribe { get; init; } = [];

    public static bool Matches(IReadOnlyList<string> patterns, string channel) => patterns.Any(pattern =>
        pattern.EndsWith('*') ? channel.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : pattern == channel);
}
