namespace PushGateway.Live.Transports;

/// <summary>Why the gateway ends a stream. Part of the API.</summary>
public static class EndReasons
{
    /// <summary>The credential has expired: get another one and come back.</summary>
    public const string Expired = "expired";

    /// <summary>The key was deleted, or the app.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The client does not read. Counted, and never told: what it has not read is in the way of it, and its connection breaks.</summary>
    public const string Slow = "slow";

    /// <summary>The gateway stops: come back in a moment.</summary>
    public const string Stopping = "stopping";

    /// <summary>The history cannot be read now: come back in a moment.</summary>
    public const string Unavailable = "unavailable";
}
