using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>The providers' rules for what an answer means for a stored device token.</summary>
internal static class Feedback
{
    /// <param name="row">The device as it was read.</param>
    /// <param name="result">The answer it got.</param>
    /// <param name="credentialProved">The credential in use has had a notification accepted, so its environment is known right.</param>
    /// <returns>What is to be done, or <see cref="TokenVerdict.Keep"/>.</returns>
    public static TokenVerdict Judge(in AudienceRow row, in AttemptResult result, bool credentialProved) => result.Token switch
    {
        // A 410 older than the last registration is stale news: the device came back after the provider noticed it had gone.
        TokenVerdict.Remove when result.InvalidSince is { } since && row.LastSeenMs >= since.ToUnixTimeMilliseconds() => TokenVerdict.Keep,
        TokenVerdict.Remove => TokenVerdict.Remove,

        // With the environment known right, a token that does not belong to it never will.
        TokenVerdict.Quarantine when credentialProved => TokenVerdict.Remove,
        TokenVerdict.Quarantine => TokenVerdict.Quarantine,
        _ => TokenVerdict.Keep,
    };
}
