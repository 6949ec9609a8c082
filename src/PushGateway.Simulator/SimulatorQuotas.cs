namespace PushGateway.Simulator;

/// <summary>Limits the simulator enforces. A window is 60 seconds long, starts with the first push in it and is not aligned to clock minutes.</summary>
public sealed record SimulatorQuotas
{
    /// <summary>Requests a Firebase project may make in a minute before 429 <c>RATE_LIMIT_EXCEEDED</c> (without FcmError); null is no limit.</summary>
    public int? FcmMessagesPerMinute { get; init; }

    /// <summary>Pushes to one device token in a minute before APNs <c>TooManyRequests</c> or FCM <c>QUOTA_EXCEEDED</c>; null is no limit.</summary>
    public int? MessagesPerTokenPerMinute { get; init; }
}
