namespace PushGateway.Dispatch;

/// <summary>How many there were in the last while. Not safe for concurrent use.</summary>
/// <remarks>
/// Counted in slots. What is counted never leaves before a whole window has gone by, and at most one slot later: the sum errs to the
/// careful side.
/// </remarks>
internal sealed class SlidingCount
{
    private readonly TimeSpan _slot;
    private readonly long[] _ring;
    private long _current;

    /// <param name="window">How long something counts.</param>
    /// <param name="slots">How finely; memory is 8 bytes each.</param>
    public SlidingCount(TimeSpan window, int slots)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        _slot = window / slots;
        _ring = new long[slots + 1];
    }

    public long Sum { get; private set; }

    /// <param name="now">Since any fixed instant; never less than in the call before.</param>
    public void Add(TimeSpan now, long count)
    {
        Advance(now);
        _ring[_current % _ring.Length] += count;
        Sum += count;
    }

    public void Advance(TimeSpan now)
    {
        var current = now.Ticks / _slot.Ticks;
        if (current - _current >= _ring.Length)
        {
            Array.Clear(_ring);
            (_current, Sum) = (current, 0);
            return;
        }

        while (_current < current)
        {
            _current++;
            ref var oldest = ref _ring[_current % _ring.Length];
            Sum -= oldest;
            oldest = 0;
        }
    }

    /// <summary>When so many of those counted now will have left; <see langword="null"/> when there are not that many.</summary>
    public TimeSpan? WhenGone(long count)
    {
        var gone = 0L;
        for (var slot = Math.Max(0, _current - _ring.Length + 1); slot <= _current; slot++)
        {
            gone += _ring[slot % _ring.Length];
            if (gone >= count)
            {
                return _slot * (slot + _ring.Length);
            }
        }

        return null;
    }
}
