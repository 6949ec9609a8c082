namespace PushGateway.Simulator.OAuth;

/// <summary>An access token we issued.</summary>
/// <param name="authorization">The header value that presents it, <c>Bearer ya29.…</c>.</param>
/// <param name="expiresAt">Refused from this instant on.</param>
/// <param name="maySend">Its scope includes sending messages.</param>
internal sealed class AccessToken(string authorization, DateTimeOffset expiresAt, bool maySend)
{
    private bool _expiredEarly;

    public string Authorization { get; } = authorization;

    public DateTimeOffset ExpiresAt { get; } = expiresAt;

    public bool MaySend { get; } = maySend;

    public bool IsExpiredAt(DateTimeOffset now) => Volatile.Read(ref _expiredEarly) || now >= ExpiresAt;

    public void ExpireNow() => Volatile.Write(ref _expiredEarly, true);
}
