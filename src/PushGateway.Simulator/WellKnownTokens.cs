namespace PushGateway.Simulator;

/// <summary>
/// Device tokens whose beginning decides the answer, so that a demo has dead, slow and throttled devices without writing rules.
/// Switched off with <see cref="SimulatorOptions.UseWellKnownTokens"/>. APNs tokens are hex, so their prefixes are hex too (either case).
/// </summary>
public static class WellKnownTokens
{
    /// <summary>APNs: 410 <c>Unregistered</c>, timestamp now.</summary>
    public const string ApnsUnregistered = "dead";

    /// <summary>APNs: 410 <c>ExpiredToken</c>, timestamp now.</summary>
    public const string ApnsExpiredToken = "dea0";

    /// <summary>APNs: 400 <c>BadDeviceToken</c>.</summary>
    public const string ApnsBad = "bad0";

    /// <summary>APNs: 400 <c>DeviceTokenNotForTopic</c>, the token of another app.</summary>
    public const string ApnsOtherApp = "0ff0";

    /// <summary>APNs: accepted, but only after <see cref="SimulatorOptions.SlowAnswerDelay"/>.</summary>
    public const string ApnsSlow = "5100";

    /// <summary>APNs: 503 <c>ServiceUnavailable</c> to the first attempt of each token, then accepted.</summary>
    public const string ApnsUnavailableOnce = "5030";

    /// <summary>APNs: 429 <c>TooManyRequests</c> to the first attempt of each token, then accepted.</summary>
    public const string ApnsThrottledOnce = "4290";

    /// <summary>FCM: 404 <c>UNREGISTERED</c>.</summary>
    public const string FcmUnregistered = "dead:";

    /// <summary>FCM: 400 <c>INVALID_ARGUMENT</c>, "The registration token is not a valid FCM registration token".</summary>
    public const string FcmBad = "bad:";

    /// <summary>FCM: 400 with ApnsError 410 <c>Unregistered</c>, a dead iOS device behind Firebase.</summary>
    public const string FcmApnsUnregistered = "disabled:";

    /// <summary>FCM: 403 <c>SENDER_ID_MISMATCH</c>.</summary>
    public const string FcmMismatch = "mismatch:";

    /// <summary>FCM: accepted, but only after <see cref="SimulatorOptions.SlowAnswerDelay"/>.</summary>
    public const string FcmSlow = "slow:";

    /// <summary>FCM: 503 <c>UNAVAILABLE</c> to the first attempt of each token, then accepted.</summary>
    public const string FcmUnavailableOnce = "unavailable:";

    /// <summary>FCM: 429 <c>QUOTA_EXCEEDED</c> with <c>Retry-After: 1</c> to the first attempt of each token, then accepted.</summary>
    public const string FcmThrottledOnce = "quota:";
}
