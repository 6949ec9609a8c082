namespace PushGateway.Simulator.Apns;

/// <summary>The provider tokens used on one connection: it is tied to the first key, and takes a new token at most every 20 minutes.</summary>
internal sealed class ApnsConnectionTokens
{
    /// <summary>Apple: renew no more than once in 20 minutes.</summary>
    public static readonly TimeSpan RenewalInterval = TimeSpan.FromMinutes(20);

    private readonly Lock _lock = new();
    private readonly List<ProviderToken> _used = [];
    private ProviderToken? _current;
    private DateTimeOffset _lastNewAt;

    /// <returns>The reason to refuse a valid token on this connection, or null.</returns>
    public string? Use(ProviderToken token, DateTimeOffset now)
    {
        // The usual case, and safe without the lock: a token once taken stays taken.
        if (ReferenceEquals(Volatile.Read(ref _current), token))
        {
            return null;
        }

        lock (_lock)
        {
            if (_used.Count > 0)
            {
                var first = _used[0].Key;
                if (token.Key.TeamId != first.TeamId)
                {
                    return ApnsAnswers.InvalidProviderToken;
                }

                if (!ReferenceEquals(token.Key, first))
                {
                    return ApnsAnswers.UnrelatedKeyIdInToken;
                }
            }

            if (!_used.Exists(used => used.Authorization == token.Authorization))
            {
                if (_used.Count > 0 && now - _lastNewAt < RenewalInterval)
                {
                    return ApnsAnswers.TooManyProviderTokenUpdates;
                }

                _lastNewAt = now;
                Remember(token);
            }

            Volatile.Write(ref _current, token);
            return null;
        }
    }

    // Two older tokens are enough: a token is refused for its age an hour after it was made, and new ones come 20 minutes apart.
    private void Remember(ProviderToken token)
    {
        const int Kept = 4;
        if (_used.Count == Kept)
        {
            _used.RemoveAt(1);
        }

        _used.Add(token);
    }
}
