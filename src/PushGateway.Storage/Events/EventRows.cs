using PushGateway.Core.Events;
using PushGateway.Storage.Engagement;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;
using PushGateway.Storage.FanOut;

namespace PushGateway.Storage.Events;

/// <summary>Turns rows of events into records.</summary>
internal static class EventRows
{
    /// <summary>Where an event begins: it waits for its time, or is at once under way.</summary>
    public static EventState FirstState(PushEvent pushEvent) =>
        pushEvent.StartsAt > pushEvent.CreatedAt ? EventState.Scheduled : EventState.Dispatching;

    /// <summary>The event with what is committed of its account.</summary>
    public static EventRecord ToRecord(StoreSession session, EventRow row) =>
        ToRecord(row, FanOutReader.Sum(FanOutReader.ReadShards(session, row))) with { Opened = OpenRecording.Count(session, row.EventKey) };

    public static EventRecord ToRecord(EventRow row, EventAccount account)
    {
        var pushEvent = PushEventJson.Deserialize(row.Content);
        return new EventRecord
        {
            Key = row.EventKey,
            AppKey = row.AppKey,
            Event = pushEvent,
            State = row.State,
            Control = row.Control,
            EstimatedAudience = row.EstimatedAudience,
            Account = account,
            Timings = new EventTimings
            {
                CreatedAt = pushEvent.CreatedAt,
                StartedAt = ToTime(row.StartedAtMs),
                FirstAcceptedAt = ToTime(row.FirstAcceptedAtMs),
                Accepted50At = ToTime(row.Accepted50AtMs),
                Accepted90At = ToTime(row.Accepted90AtMs),
                Accepted99At = ToTime(row.Accepted99AtMs),
                CompletedAt = ToTime(row.CompletedAtMs),
            },
        };
    }

    /// <summary>The event as it was the moment it was published.</summary>
    public static EventRecord AsPublished(long key, int appKey, PushEvent pushEvent, long estimatedAudience) => new()
    {
        Key = key,
        AppKey = appKey,
        Event = pushEvent,
        State = FirstState(pushEvent),
        Control = EventControl.Run,
        EstimatedAudience = estimatedAudience,
        Account = EventAccount.Empty,
        Timings = new EventTimings { CreatedAt = pushEvent.CreatedAt },
    };

    private static DateTimeOffset? ToTime(long? unixMs) => unixMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
