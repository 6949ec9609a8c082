using PushGateway.Core.Events;

namespace PushGateway.Admin.Live;

/// <summary>How far an event had come: what is recorded of that, and second by second what came while somebody follows it. Shared by all who do; safe for concurrent use.</summary>
internal sealed class EventTrail(int appKey, string eventId)
{
    /// <summary>Points that are kept; beyond that every second one goes, and the rest lies twice as far apart.</summary>
    public const int MaxPoints = 240;

    private readonly Lock _gate = new();
    private List<CoursePoint> _points = [];
    private TimeSpan _apart = TimeSpan.Zero;
    private bool _hasBegun;
    private bool _isWhole;

    public int AppKey => appKey;

    public string EventId => eventId;

    /// <summary>As last read; <see langword="null"/> before that.</summary>
    public EventRecord? Record { get; private set; }

    /// <summary>When it was last read.</summary>
    public DateTimeOffset ReadAt { get; private set; }

    public IReadOnlyList<CoursePoint> Points
    {
        get
        {
            lock (_gate)
            {
                return [.. _points];
            }
        }
    }

    /// <summary>Whether <see cref="TakeCourse"/> has yet to be called: once in the beginning, and once when the event is final.</summary>
    public bool LacksCourse(EventRecord record)
    {
        lock (_gate)
        {
            return !_hasBegun || (record.State.IsFinal() && !_isWhole);
        }
    }

    /// <summary>What is recorded takes the place of what was followed.</summary>
    public void TakeCourse(IReadOnlyList<CoursePoint> course, EventRecord record)
    {
        lock (_gate)
        {
            (_hasBegun, _isWhole) = (true, record.State.IsFinal());
            if (course.Count > 0)
            {
                _points = [.. course];
            }
        }
    }

    public void Add(DateTimeOffset at, EventRecord record)
    {
        lock (_gate)
        {
            (Record, ReadAt) = (record, at);
            if (_isWhole || record.State is EventState.Scheduled || (_points is [.., { } last] && at - last.At < _apart && !record.State.IsFinal()))
            {
                return;
            }

            // What is recorded and what is under way are read one after the other: the course never goes back for that.
            _points.Add(new CoursePoint(at, Math.Max(record.Account.Counts.Accepted, _points is [.., { } before] ? before.Accepted : 0)));
            if (_points.Count > MaxPoints)
            {
                _points = [.. _points.Where((_, index) => index % 2 == 0)];
                _apart = _apart == TimeSpan.Zero ? TimeSpan.FromSeconds(2) : _apart * 2;
            }
        }
    }
}
