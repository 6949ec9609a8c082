namespace PushGateway.Core.Providers;

/// <summary>The answer to one attempt. The default value is <see cref="OutcomeKind.NotAttempted"/>.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Reason">
/// The provider's own word (<c>BadDeviceToken</c>, <c>UNREGISTERED</c>), or one of <see cref="GatewayReasons"/>;
/// <see langword="null"/> when accepted. Comes from a bounded vocabulary: it is used as a key in counts.
/// </param>
public readonly record struct AttemptResult(OutcomeKind Outcome, string? Reason = null)
{
    public TokenVerdict Token { get; init; }

    public CredentialVerdict Credential { get; init; }

    /// <summary>Whom a temporary outcome is about, as far as the answer says.</summary>
    public OutcomeScope Scope { get; init; }

    /// <summary>
    /// There was no answer, and the provider may have taken the notification all the same: the connection died, or time ran out, after the
    /// request may have left.
    /// </summary>
    public bool IsUnknown { get; init; }

    /// <summary>How long the provider asked to wait, never negative; <see langword="null"/> when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The least wait before another attempt by the provider's rules, for when it named none; zero for no such rule.</summary>
    public TimeSpan MinimumWait { get; init; }

    /// <summary>When the provider last saw the token invalid (APNs 410 <c>timestamp</c>); a later registration outweighs it.</summary>
    public DateTimeOffset? InvalidSince { get; init; }

    /// <summary>Temporary, and about neither the device nor the connection alone: many of them in a row say that the provider is failing.</summary>
    public bool IsFailure => Outcome switch
    {
        OutcomeKind.Unavailable => Scope != OutcomeScope.Connection,
        OutcomeKind.Throttled => Scope != OutcomeScope.Device,
        _ => false,
    };

    /// <summary>Whether another attempt can change anything.</summary>
    public bool IsTemporary => Outcome is OutcomeKind.Throttled or OutcomeKind.Unavailable or OutcomeKind.Unauthorized or OutcomeKind.NotAttempted;
}

/// <summary>Reasons the gateway itself gives, beside the providers' words.</summary>
public static class GatewayReasons
{
    public const string Timeout = "Timeout";
    public const string ConnectionFailed = "ConnectionFailed";
    public const string ConnectionLost = "ConnectionLost";
    public const string UnknownReason = "UnknownReason";
    public const string TtlExpired = "TtlExpired";
    public const string AttemptsExhausted = "AttemptsExhausted";
    public const string EventCancelled = "EventCancelled";
    public const string ProviderNotConfigured = "ProviderNotConfigured";
    public const string EnvironmentMismatch = "EnvironmentMismatch";
    public const string QuietHours = "QuietHours";
    public const string DailyCap = "DailyCap";
    public const string ConfirmedLive = "ConfirmedLive";
    public const string DeviceRemoved = "DeviceRemoved";
    public const string InternalError = "InternalError";
    public const string CredentialRefused = "CredentialRefused";

    /// <summary>Final: whether the provider took it is unknown, and the event forbids to send it again.</summary>
    public const string OutcomeUnknown = "OutcomeUnknown";

    /// <summary>Waits for the retry budget; never a final reason.</summary>
    public const string RetryBudget = "RetryBudget";
}
