namespace PushGateway.Dispatch;

/// <summary>A pace: so many a second on average, and no more than a burst of it at once. Safe for concurrent use.</summary>
/// <remarks>
/// Tokens are taken for a whole page before its size is known, and what the page did not need is returned. The balance goes below zero
/// only for what has to count although nobody asked, and then the pace is made up for.
/// </remarks>
internal sealed class TokenBucket
{
    private readonly Lock _gate = new();
    private double _perSecond;
    private double _burst;
    private double _tokens;
    private DateTimeOffset _filledAt;

    /// <param name="perSecond">More than 0.</param>
    /// <param name="burst">The most that can be reserved at once, 1 or more.</param>
    public TokenBucket(double perSecond, double burst, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        (_perSecond, _burst, _tokens, _filledAt) = (perSecond, burst, burst, now);
    }

    /// <summary>Goes on with another pace.</summary>
    public void Change(double perSecond, double burst, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        lock (_gate)
        {
            Fill(now);
            (_perSecond, _burst) = (perSecond, burst);
            _tokens = Math.Min(_tokens, burst);
        }
    }

    /// <summary>As many as wanted, or a whole burst when that is less; 0 while they are not there yet, so that pages do not crumble.</summary>
    public int Available(int wanted, DateTimeOffset now)
    {
        lock (_gate)
        {
            Fill(now);
            var count = (int)Math.Min(wanted, _burst);
            return _tokens >= count ? count : 0;
        }
    }

    public void Take(int count)
    {
        lock (_gate)
        {
            _tokens -= count;
        }
    }

    /// <summary>Takes as many as there are.</summary>
    /// <returns>0 to <paramref name="wanted"/>.</returns>
    public int TakeUpTo(int wanted, DateTimeOffset now)
    {
        lock (_gate)
        {
            Fill(now);
            var count = (int)Math.Clamp(Math.Floor(_tokens), 0, wanted);
            _tokens -= count;
            return count;
        }
    }

    public void Return(int count)
    {
        lock (_gate)
        {
            _tokens = Math.Min(_burst, _tokens + count);
        }
    }

    /// <summary>When <see cref="Available"/> will answer more than 0.</summary>
    public DateTimeOffset WhenAvailable(int wanted, DateTimeOffset now)
    {
        lock (_gate)
        {
            Fill(now);
            var missing = (int)Math.Min(wanted, _burst) - _tokens;
            return missing <= 0 ? now : now + TimeSpan.FromSeconds(missing / _perSecond) + TimeSpan.FromMilliseconds(1);
        }
    }

    private void Fill(DateTimeOffset now)
    {
        // A clock that steps back adds nothing; the next step forward counts from there.
        if (now > _filledAt)
        {
            _tokens = Math.Min(_burst, _tokens + ((now - _filledAt).TotalSeconds * _perSecond));
        }

        _filledAt = now;
    }
}
