using PushGateway.Core.Events;

namespace PushGateway.Admin.Live;

/// <summary>An event's course since it was published, or was to begin: how many were accepted by when, and when most were.</summary>
/// <param name="Points">Seconds and accepted until then, oldest first, from nothing at 0 on; fewer than two when nothing has been accepted.</param>
/// <param name="Whole">What the shares are of: what was accepted in the end, or while it runs what is expected.</param>
/// <param name="Marks">The shares that were reached, in their order.</param>
public sealed record EventCourse(IReadOnlyList<(double Seconds, long Accepted)> Points, long Whole, IReadOnlyList<CourseMark> Marks)
{
    private static readonly int[] s_shares = [50, 90, 99];

    /// <summary>When that share was reached; <see langword="null"/> when it was not.</summary>
    public TimeSpan? When(int percent) => Marks.FirstOrDefault(mark => mark.Percent == percent)?.After;

    public static EventCourse Of(LiveEvent entry, IReadOnlyList<CoursePoint> trail)
    {
        var (record, timings) = (entry.Record, entry.Record.Timings);
        var start = record.Event.StartsAt > timings.CreatedAt ? record.Event.StartsAt : timings.CreatedAt;
        var isFinal = record.State.IsFinal();
        var whole = isFinal ? entry.Counts.Accepted : entry.Expected;
        if (entry.Counts.Accepted == 0)
        {
            return new EventCourse([], whole, []);
        }

        var points = new List<(double Seconds, long Accepted)> { (0, 0) };
        if (isFinal && trail.Count < 2)
        {
            // Recorded as a whole: its times are all there is.
            Add(timings.FirstAcceptedAt, 1);
            Add(timings.Accepted50At, Share(50));
            Add(timings.Accepted90At, Share(90));
            Add(timings.Accepted99At, Share(99));
            Add(timings.CompletedAt, whole);
        }
        else
        {
            foreach (var (at, accepted) in trail)
            {
                Add(at, accepted);
            }
        }

        return new EventCourse(points, whole, isFinal ? FromTimings() : FromPoints());

        long Share(int percent) => ((whole * percent) + 99) / 100;

        void Add(DateTimeOffset? at, long accepted)
        {
            if (at is { } instant)
            {
                points.Add((Math.Max((instant - start).TotalSeconds, points[^1].Seconds), accepted));
            }
        }

        List<CourseMark> FromTimings() =>
        [
            .. s_shares.Zip([timings.Accepted50At, timings.Accepted90At, timings.Accepted99At])
                .Where(mark => mark.Second is not null)
                .Select(mark => new CourseMark(mark.First, mark.Second!.Value > start ? mark.Second.Value - start : TimeSpan.Zero, Share(mark.First))),
        ];

        List<CourseMark> FromPoints()
        {
            var marks = new List<CourseMark>();
            foreach (var percent in s_shares)
            {
                var wanted = Share(percent);
                var index = points.FindIndex(point => point.Accepted >= wanted);
                if (index < 1 || wanted == 0)
                {
                    break;
                }

                var (before, after) = (points[index - 1], points[index]);
                var part = (double)(wanted - before.Accepted) / (after.Accepted - before.Accepted);
                marks.Add(new CourseMark(percent, TimeSpan.FromSeconds(before.Seconds + (part * (after.Seconds - before.Seconds))), wanted));
            }

            return marks;
        }
    }
}

/// <param name="Accepted">How many that share is.</param>
public sealed record CourseMark(int Percent, TimeSpan After, long Accepted);
