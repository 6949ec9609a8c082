using PushGateway.Core.Events;

namespace PushGateway.Admin.Live;

/// <summary>How far an event had come, second by second, while somebody follows it. Shared by all who do; safe for concurrent use.</summary>
internal sealed class EventTrail(int appKey, string eventId)
{
    /// <summary>Points that are kept; beyond that every second one goes, and the rest lies twice as far apart.</summary>
    public const int MaxPoints = 240;

    private readonly Lock _gate = new();
    private List<TrailPoint> _points = [];
    private TimeSpan _apart = TimeSpan.Zero;

    public int AppKey => appKey;

    public string EventId => eventId;

    /// <summary>As last read; <see langword="null"/> before that.</summary>
    public EventRecord? Record { get; private set; }

    /// <summary>When it was last read.</summary>
    public DateTimeOffset ReadAt { get; private set; }

    public IReadOnlyList<TrailPoint> Points
    {
        get
        {
            lock (_gate)
            {
                return [.. _points];
            }
        }
    }

    public void Add(DateTimeOffset at, EventRecord record)
    {
        lock (_gate)
        {
            var wasFinal = Record?.State.IsFinal() == true;
            (Record, ReadAt) = (record, at);
            if (wasFinal || record.State is EventState.Scheduled || (_points.Count > 0 && at - _points[^1].At < _apart && !record.State.IsFinal()))
            {
                return;
            }

            var counts = record.Account.Counts;
            _points.Add(new TrailPoint(at, counts.Accepted, counts.Targeted - counts.Accepted - counts.Pending));
            if (_points.Count > MaxPoints)
            {
                _points = [.. _points.Where((_, index) => index % 2 == 0)];
                _apart = _apart == TimeSpan.Zero ? TimeSpan.FromSeconds(2) : _apart * 2;
            }
        }
    }
}

/// <param name="Others">Final, but not accepted.</param>
public sealed record TrailPoint(DateTimeOffset At, long Accepted, long Others);
