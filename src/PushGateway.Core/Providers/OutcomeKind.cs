namespace PushGateway.Core.Providers;

/// <summary>What came of one attempt to hand a notification to a provider.</summary>
public enum OutcomeKind : byte
{
    /// <summary>No attempt was made: sending was stopped before this push was begun. It may be sent later.</summary>
    NotAttempted = 0,

    /// <summary>The provider took the notification. Says nothing about the device having shown it.</summary>
    Accepted,

    /// <summary>Permanent: the token is no longer valid. Feedback removes the device token.</summary>
    Unregistered,

    /// <summary>Permanent: this notification can never be accepted for this device (payload, topic, size, malformed token).</summary>
    Rejected,

    /// <summary>Temporary: too fast for this token or app (APNs 429, FCM QUOTA_EXCEEDED). Wait as told, or back off, then send again.</summary>
    Throttled,

    /// <summary>
    /// Temporary: the provider is failing, overloaded, shutting down or out of reach (500, 503, no connection, no answer in time).
    /// When the connection died after the request had left, the provider may have taken the notification: a repeat replaces the
    /// first on the device by its collapse identity.
    /// </summary>
    Unavailable,

    /// <summary>Not about this notification: the app's credential was refused (403, 401). Renew, or stop the provider and tell the operator.</summary>
    Unauthorized,
}

/// <summary>What an answer says about the device token.</summary>
public enum TokenVerdict : byte
{
    /// <summary>Nothing, or that it is good.</summary>
    Keep = 0,

    /// <summary>
    /// It does not work with the credential in use, which may be the credential's fault (wrong environment, other project).
    /// The device is left out of audiences until it registers again or the credential changes, and is removed only
    /// once the credential has proved itself by having had a notification accepted.
    /// </summary>
    Quarantine,

    /// <summary>It is dead. Removed unless the device registered after <see cref="AttemptResult.InvalidSince"/>.</summary>
    Remove,
}

/// <summary>What an answer says about the app's credential.</summary>
public enum CredentialVerdict : byte
{
    Keep = 0,

    /// <summary>Make a new provider or access token, once, and try again (<c>ExpiredProviderToken</c>, <c>ACCESS_TOKEN_EXPIRED</c>).</summary>
    Renew,

    /// <summary>The operator has to act: nothing more is sent with this credential until it changes or a probe succeeds.</summary>
    Stop,
}

/// <summary>Whom a temporary outcome is about.</summary>
public enum OutcomeScope : byte
{
    /// <summary>The answer does not say: one is taken to be this device's bad luck, many in a row to be the provider's state.</summary>
    Unclear = 0,

    /// <summary>This device alone, however many others get the same answer.</summary>
    Device,

    /// <summary>Everybody who sends with this credential, or in the name of its project.</summary>
    Everybody,

    /// <summary>The connection it was on, which took all that was open on it along. Others may be well, so it is one mishap, however many it met.</summary>
    Connection,
}
