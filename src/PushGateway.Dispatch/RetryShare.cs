namespace PushGateway.Dispatch;

/// <summary>One app's and provider's part of the <see cref="RetryBudget"/>. Safe for concurrent use.</summary>
internal sealed class RetryShare
{
    private const int SlotsPerWindow = 60;

    /// <summary>After pages had to be held back, deferred devices are not even read for so long: reading them only to defer them again is work for nothing.</summary>
    private static readonly TimeSpan s_restraint = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly RetryBudget _budget;
    private readonly TimeProvider _timeProvider;
    private readonly double _ratio;
    private readonly long _start;
    private readonly SlidingCount _first;
    private readonly SlidingCount _repeated;
    private DateTimeOffset _heldUntil;

    public RetryShare(RetryBudget budget, DispatchOptions options, TimeProvider timeProvider)
    {
        (_budget, _timeProvider, _ratio) = (budget, timeProvider, options.RetryBudgetPercent / 100.0);
        _start = timeProvider.GetTimestamp();
        _first = new SlidingCount(options.RetryBudgetWindow, SlotsPerWindow);
        _repeated = new SlidingCount(options.RetryBudgetWindow, SlotsPerWindow);
    }

    private TimeSpan Now => _timeProvider.GetElapsedTime(_start);

    /// <summary>First attempts were made.</summary>
    public void Earn(int count)
    {
        lock (_gate)
        {
            _first.Add(Now, count);
        }
    }

    /// <summary>Takes as many repeats as the budget allows now. What is taken and not used after all, because sending stops, is not given back.</summary>
    /// <returns>0 to <paramref name="wanted"/>.</returns>
    public int Take(int wanted)
    {
        lock (_gate)
        {
            var now = Now;
            _first.Advance(now);
            _repeated.Advance(now);
            var earned = (int)Math.Clamp((_first.Sum * _ratio) - _repeated.Sum, 0, wanted);
            var granted = earned + (earned < wanted ? _budget.TakeFromFloor(wanted - earned) : 0);

            // Only what was earned counts against the share: the common part has its own bound.
            _repeated.Add(now, earned);
            return granted;
        }
    }

    /// <summary>Repeats were held back.</summary>
    public void Restrain()
    {
        lock (_gate)
        {
            _heldUntil = _timeProvider.GetUtcNow() + s_restraint;
        }
    }

    /// <summary>Whether deferred devices may be read.</summary>
    /// <param name="retryAt">When to ask again; only when they may not.</param>
    public bool Admits(DateTimeOffset now, out DateTimeOffset retryAt)
    {
        lock (_gate)
        {
            // A clock set back must not make them wait for it to catch up.
            retryAt = _heldUntil;
            return now >= _heldUntil || now + s_restraint < _heldUntil;
        }
    }
}
