namespace PushGateway.Server.Security;

/// <summary>What a subscriber's app may do with the token it was given: follow channels, and tell others in them something.</summary>
/// <param name="AppKey">With the id, so that a token of a deleted app is of no use in one made anew.</param>
/// <param name="Listen">Channel ids, or beginnings of ids that end in <c>*</c>; <see langword="null"/> for those the subscriber is subscribed to.</param>
/// <param name="Send">The same for channels it may send to; empty for none.</param>
internal sealed record SubscriberGrant(
    string AppId, int AppKey, string SubscriberId, DateTimeOffset ExpiresAt, IReadOnlyList<string>? Listen, IReadOnlyList<string> Send)
{
    public const int MaxPatterns = 100;

    public static bool Matches(IReadOnlyList<string> patterns, string channel) => patterns.Any(pattern =>
        pattern.EndsWith('*') ? channel.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : pattern == channel);
}
