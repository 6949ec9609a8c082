namespace PushGateway.Http2.Connections;

/// <summary>
/// Measures for how much of its time a connection could have sent more, had it been allowed more streams: what it waits for then is the
/// round trip, and another connection would help. One that is busy with its work is not helped by another.
/// </summary>
internal sealed class StallMeter(TimeProvider timeProvider)
{
    private long _stalledSince;
    private long _stalled;
    private long _readAt = timeProvider.GetTimestamp();
    private bool _isStalled;

    public void Begin(long now)
    {
        if (!_isStalled)
        {
            (_isStalled, _stalledSince) = (true, now);
        }
    }

    public void End(long now)
    {
        if (_isStalled)
        {
            _isStalled = false;
            _stalled += now - _stalledSince;
        }
    }

    /// <returns>The share of the time since the last reading, 0 to 1.</returns>
    public double Read(long now)
    {
        var share = now > _readAt ? Math.Min(1.0, _stalled / (double)(now - _readAt)) : 0;
        (_stalled, _readAt) = (0, now);
        return share;
    }
}
