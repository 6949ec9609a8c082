namespace PushGateway.Server.Canary;

internal enum CanaryOutcome
{
    /// <summary>A provider took the notification in time.</summary>
    Accepted,

    /// <summary>Nobody had taken it by then.</summary>
    Late,

    /// <summary>It could not be published, was for no device, or was refused.</summary>
    Failed,
}

/// <param name="Duration">From the publish to the provider's acceptance, to the millisecond; only when it was accepted.</param>
/// <param name="Problem">What is wrong, in words; <see langword="null"/> when it was accepted.</param>
internal readonly record struct CanaryResult(CanaryOutcome Outcome, TimeSpan Duration, string? Problem)
{
    public static CanaryResult Accepted(TimeSpan duration) => new(CanaryOutcome.Accepted, duration, null);

    public static CanaryResult Late(string problem) => new(CanaryOutcome.Late, default, problem);

    public static CanaryResult Failed(string problem) => new(CanaryOutcome.Failed, default, problem);
}
