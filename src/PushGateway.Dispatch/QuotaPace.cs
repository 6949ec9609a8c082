namespace PushGateway.Dispatch;

/// <summary>
/// The pace of all that counts against one quota of messages a minute: an FCM project's, whichever apps send in its name. Safe for
/// concurrent use.
/// </summary>
/// <remarks>
/// <para>Never more than the quota in any minute, wherever the provider's minute begins: a message counts from its reservation until a
/// minute after its answer, and the provider counted it somewhere between the two.</para>
/// <para>Below that bound a rate smooths the sending. It rises slowly when much is suddenly to be sent, as Google asks, and is cut when the
/// provider says that it is too much all the same, because somebody else sends in the project's name or the quota is another.</para>
/// <para>Times are those of the monotonic clock: a wall clock that is set does not open the quota.</para>
/// </remarks>
internal sealed class QuotaPace
{
    private const int SlotsPerWindow = 600;

    // Little is no burst: what an app sends in the course of a day should not wait for a ramp.
    private const double RampStartShare = 0.2;
    private const double RampStartPerSecond = 2_000;

    private const double Cut = 0.7;
    private const double LeastLevel = 0.02;

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_slot = s_window / SlotsPerWindow;

    /// <summary>Answers that come within so long of a cut were under way before it, and say nothing about the rate after it.</summary>
    private static readonly TimeSpan s_cutPause = TimeSpan.FromSeconds(2);

    /// <summary>Whoever waited is still busy for so long after the wait.</summary>
    private static readonly TimeSpan s_busyFor = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly TimeProvider _timeProvider;
    private readonly long _start;
    private readonly TimeSpan _rampUp;
    private readonly SlidingCount _counted = new(s_window, SlotsPerWindow);
    private long _quota;
    private long _inFlight;
    private int _offered;
    private double _level;
    private double _tokens;
    private TimeSpan _filledAt;
    private TimeSpan _busyUntil;
    private TimeSpan _pausedUntil;
    private TimeSpan? _cutAt;

    /// <param name="quota">Messages a minute, 1 or more.</param>
    /// <param name="rampUp">From the start to the full rate; zero for no ramp.</param>
    public QuotaPace(long quota, TimeSpan rampUp, TimeProvider timeProvider)
    {
        (_timeProvider, _rampUp, _start) = (timeProvider, rampUp, timeProvider.GetTimestamp());
        _quota = Math.Max(1, quota);
        _level = StartLevel;
        _tokens = Burst;
    }

    /// <summary>Messages a minute, 1 or more.</summary>
    public long Quota
    {
        get
        {
            lock (_gate)
            {
                return _quota;
            }
        }

        set
        {
            lock (_gate)
            {
                Advance();
                _quota = Math.Max(1, value);
                _level = Math.Clamp(_level, Math.Min(LeastLevel, StartLevel), 1);
                _tokens = Math.Min(_tokens, Burst);
            }
        }
    }

    /// <summary>Messages that count against the quota now: sent within the last minute, or under way.</summary>
    public long Used
    {
        get
        {
            lock (_gate)
            {
                Advance();
                return _counted.Sum + _inFlight;
            }
        }
    }

    /// <summary>The share of the full rate that is used at most at present, more than 0 to 1.</summary>
    public double Level
    {
        get
        {
            lock (_gate)
            {
                Advance();
                return _level;
            }
        }
    }

    private double StartLevel => _rampUp == TimeSpan.Zero ? 1 : Math.Min(1, Math.Max(RampStartShare, RampStartPerSecond / (_quota / 60.0)));

    private double PerSecond => _quota / 60.0 * _level;

    private double Burst => Math.Max(1, PerSecond);

    private TimeSpan Now => _timeProvider.GetElapsedTime(_start);

    /// <summary>As many as wanted, or a whole burst when that is less; 0 while they are not there yet, so that pages do not crumble.</summary>
    /// <param name="wait">When to ask again; only when the answer is 0.</param>
    public int Available(int wanted, out TimeSpan wait)
    {
        lock (_gate)
        {
            var now = Advance();
            var count = (int)Math.Min(wanted, Math.Min(Burst, _quota));
            wait = WaitFor(count, now);
            if (wait == TimeSpan.Zero)
            {
                _offered = count;
                return count;
            }

            _busyUntil = now + wait + s_busyFor;
            return 0;
        }
    }

    /// <summary>Reserves what <see cref="Available"/> has just offered, or less of it. Between the two nobody else asks what is available.</summary>
    public void Reserve(int count)
    {
        lock (_gate)
        {
            Advance();
            _offered = 0;
            _tokens -= count;
            _inFlight += count;
        }
    }

    /// <summary>Reserves as many as there are, for what has to be sent now or else later.</summary>
    /// <returns>0 to <paramref name="wanted"/>.</returns>
    public int ReserveUpTo(int wanted)
    {
        lock (_gate)
        {
            if (Advance() < _pausedUntil)
            {
                return 0;
            }

            // An offer may be about to be taken up.
            var count = (int)Math.Clamp(Math.Min(Math.Floor(_tokens), _quota - _counted.Sum - _inFlight) - _offered, 0, wanted);
            _tokens -= count;
            _inFlight += count;
            return count;
        }
    }

    /// <summary>Gives back a reservation: it was not sent.</summary>
    public void Release(int count)
    {
        lock (_gate)
        {
            Advance();
            _tokens = Math.Min(Burst, _tokens + count);
            _inFlight -= count;
        }
    }

    /// <summary>What was reserved has been sent and answered, or given up.</summary>
    public void Settle(int count)
    {
        lock (_gate)
        {
            _counted.Add(Advance(), count);
            _inFlight -= count;
        }
    }

    /// <summary>The provider says that everybody is too fast.</summary>
    /// <param name="retryAfter">How long it asked to wait; <see langword="null"/> when it did not say, and then the rate is only cut.</param>
    public void Throttle(TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            var now = Advance();
            if (retryAfter is { } told && now + told > _pausedUntil)
            {
                _pausedUntil = now + told;
            }

            if (_cutAt is null || now - _cutAt >= s_cutPause)
            {
                _cutAt = now;
                _level = Math.Max(LeastLevel, _level * Cut);
                _tokens = Math.Min(_tokens, Burst);
            }
        }
    }

    private TimeSpan WaitFor(int count, TimeSpan now)
    {
        var wait = _tokens >= count ? TimeSpan.Zero : TimeSpan.FromSeconds((count - _tokens) / PerSecond);
        if (_counted.Sum + _inFlight + count - _quota is var excess and > 0)
        {
            // What is under way ends when it is answered, which nobody can tell: look again soon.
            wait = Longer(wait, (_counted.WhenGone(excess) ?? now + s_slot) - now);
        }

        wait = Longer(wait, _pausedUntil - now);
        return wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
    }

    /// <summary>Brings the window, the level and the tokens to the present.</summary>
    private TimeSpan Advance()
    {
        var now = Now;
        _counted.Advance(now);
        var busy = Longer(TimeSpan.Zero, (now < _busyUntil ? now : _busyUntil) - _filledAt);
        var idle = now - _filledAt - busy;
        _tokens = Math.Min(Burst, _tokens + ((now - _filledAt).TotalSeconds * PerSecond));
        Approach(1, busy);
        Approach(StartLevel, idle);
        _filledAt = now;
        return now;
    }

    /// <summary>Moves the level at the ramp's pace: up while there is more to send than may be, back while there is not.</summary>
    private void Approach(double target, TimeSpan elapsed)
    {
        var ramp = _rampUp == TimeSpan.Zero ? s_window : _rampUp;
        var step = elapsed / ramp * (1 - RampStartShare);
        _level = _level < target ? Math.Min(target, _level + step) : Math.Max(target, _level - step);
    }

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
