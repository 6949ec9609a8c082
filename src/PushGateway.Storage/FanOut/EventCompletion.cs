using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Events;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.FanOut;

/// <summary>When shares of an event's notifications had been accepted, UTC Unix milliseconds, to the nearest page.</summary>
internal sealed record AcceptedTimes(long? At50Ms, long? At90Ms, long? At99Ms);

/// <summary>Makes an event final.</summary>
internal static class EventCompletion
{
    private static readonly string s_pages =
        $"SELECT RecordedAtMs, Accepted FROM OutcomePages WHERE Shard IN ({string.Join(',', Enumerable.Range(0, Shard.Count))}) AND EventKey = ?1";

    private const string MakeFinal =
        "UPDATE Events SET State = ?2, CompletedAtMs = ?3, StartedAtMs = ?4, Accepted50AtMs = ?5, Accepted90AtMs = ?6, Accepted99AtMs = ?7 WHERE EventKey = ?1";

    /// <summary>Sixteen bytes for each page of the event, for as long as it takes.</summary>
    public static AcceptedTimes ReadTimes(StoreSession session, long eventKey)
    {
        var pages = ReadPages(session, eventKey);
        var total = pages.Sum(page => page.Accepted);
        return new AcceptedTimes(When(pages, total, 50), When(pages, total, 90), When(pages, total, 99));
    }

    /// <summary>The same pages as a course: sums, at most so many, the first and the last among them.</summary>
    public static IReadOnlyList<CoursePoint> ReadCourse(StoreSession session, long eventKey, int maxPoints)
    {
        var pages = ReadPages(session, eventKey);
        var course = new List<CoursePoint>(Math.Min(pages.Count, maxPoints));
        var accepted = 0L;
        for (var index = 0; index < pages.Count; index++)
        {
            accepted += pages[index].Accepted;
            // As many points as steps have begun, so that they lie evenly among the pages.
            if (index == pages.Count - 1 || (long)index * (maxPoints - 1) / pages.Count >= course.Count)
            {
                course.Add(new CoursePoint(DateTimeOffset.FromUnixTimeMilliseconds(pages[index].RecordedAtMs), accepted));
            }
        }

        return course;
    }

    /// <exception cref="InvalidOperationException">A shard is unread, a device pending, feedback not applied, or the event unknown.</exception>
    public static EventRecord Complete(
        WriteSession session, long eventKey, EventState state, DateTimeOffset at, AcceptedTimes times, WebhookOutbox outbox)
    {
        var row = EventReader.Find(session, eventKey)
            ?? throw new InvalidOperationException($"Event {eventKey} is unknown.");
        var shards = FanOutReader.ReadShards(session, row);
        if (row.State.IsFinal())
        {
            return EventRows.ToRecord(row, FanOutReader.Sum(shards));
        }

        if (shards.Find(shard => !shard.IsRead || shard.Counts.Pending != 0) is { } unfinished)
        {
            throw new InvalidOperationException(
                $"Event {eventKey} is not finished: shard {unfinished.Shard} is {(unfinished.IsRead ? $"read, {unfinished.Counts.Pending} pending" : "unread")}.");
        }

        if (WaitingFeedback.IsThere(session, eventKey))
        {
            throw new InvalidOperationException($"Event {eventKey} is not finished: what its answers said about devices has not been applied.");
        }

        row.State = state;
        row.CompletedAtMs = at.ToUnixTimeMilliseconds();
        row.StartedAtMs ??= row.FirstAcceptedAtMs ?? row.CompletedAtMs;
        (row.Accepted50AtMs, row.Accepted90AtMs, row.Accepted99AtMs) = (times.At50Ms, times.At90Ms, times.At99Ms);
        session.Statement(MakeFinal)
            .Bind(1, eventKey).Bind(2, (int)row.State).Bind(3, row.CompletedAtMs).Bind(4, row.StartedAtMs)
            .Bind(5, row.Accepted50AtMs).Bind(6, row.Accepted90AtMs).Bind(7, row.Accepted99AtMs)
            .Execute();
        var record = EventRows.ToRecord(row, FanOutReader.Sum(shards));
        Tell(session, row.AppKey, record, outbox);
        return record;
    }

    /// <summary>Tells webhooks of an event that has been made final by other means.</summary>
    public static void Tell(WriteSession session, int appKey, long eventKey, WebhookOutbox outbox)
    {
        if (outbox.Wants(appKey, WebhookNotices.EventCompleted))
        {
            Tell(session, appKey, EventRows.ToRecord(session, EventReader.Find(session, eventKey)!), outbox);
        }
    }

    private static void Tell(WriteSession session, int appKey, EventRecord record, WebhookOutbox outbox)
    {
        if (outbox.Wants(appKey, WebhookNotices.EventCompleted))
        {
            outbox.AddFor(session, appKey, WebhookNotices.EventCompleted, NoticeJson.EventCompleted(record));
        }
    }

    private static List<(long RecordedAtMs, long Accepted)> ReadPages(StoreSession session, long eventKey)
    {
        var pages = new List<(long RecordedAtMs, long Accepted)>();
        var row = session.Statement(s_pages).Bind(1, eventKey);
        while (row.Step())
        {
            pages.Add((row.Int64(0), row.Int64(1)));
        }

        pages.Sort();
        return pages;
    }

    private static long? When(List<(long RecordedAtMs, long Accepted)> pages, long total, int percent)
    {
        // Rounded up: of three, two are half.
        var wanted = ((total * percent) + 99) / 100;
        if (wanted == 0)
        {
            return null;
        }

        foreach (var (recordedAtMs, accepted) in pages)
        {
            wanted -= accepted;
            if (wanted <= 0)
            {
                return recordedAtMs;
            }
        }

        return null;
    }
}
