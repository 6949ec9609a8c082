namespace PushGateway.Simulator;

/// <summary>
/// Limits the simulator enforces. A window is 60 seconds long, starts with the first push in it and is not aligned to clock minutes, unless
/// <see cref="FcmWindowSlides"/> says otherwise.
/// </summary>
public sealed record SimulatorQuotas
{
    /// <summary>Requests a Firebase project may make in a minute before 429 <c>RATE_LIMIT_EXCEEDED</c> (without FcmError); null is no limit.</summary>
    public int? FcmMessagesPerMinute { get; init; }

    /// <summary>
    /// Whether <see cref="FcmMessagesPerMinute"/> holds in every 60 seconds there are, the strictest that any window can be, wherever it
    /// begins. Requests that were refused do not count then. Default false.
    /// </summary>
    public bool FcmWindowSlides { get; init; }

    /// <summary>Pushes to one device token in a minute before APNs <c>TooManyRequests</c> or FCM <c>QUOTA_EXCEEDED</c>; null is no limit.</summary>
    public int? MessagesPerTokenPerMinute { get; init; }
}
