using System.Globalization;
using PushGateway.Core.Events;
using PushGateway.Core.Live;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Events;

namespace PushGateway.Storage.Live;

/// <summary>Puts messages into the live history, within the change that makes them news, and tells of them after its commit.</summary>
internal sealed class LiveAppending(LiveNews news)
{
    internal const string Newest = "SELECT Sequence FROM LiveMessages WHERE AppKey = ?1 AND Channel = ?2 ORDER BY Sequence DESC LIMIT 1";

    private const string Add = "INSERT INTO LiveMessages (AppKey, Channel, Sequence, AtMs, Json) VALUES (?1, ?2, ?3, ?4, ?5)";

    private const string AddWait = "INSERT INTO LiveWaits (EventKey, AppKey) VALUES (?1, ?2)";

    private const string TakeWait = "DELETE FROM LiveWaits WHERE EventKey = ?1";

    /// <summary>An event has been published: it goes live at once, or when it begins.</summary>
    public void OnPublished(WriteSession session, int appKey, long eventKey, PushEvent pushEvent)
    {
        var channels = pushEvent.LiveChannels;
        if (channels.Count == 0)
        {
            return;
        }

        if (EventRows.FirstState(pushEvent) == EventState.Scheduled)
        {
            session.Statement(AddWait).Bind(1, eventKey).Bind(2, appKey).Execute();
        }
        else
        {
            Append(session, appKey, pushEvent);
        }
    }

    /// <summary>An event has begun, or has ended as one that was sent. Changes nothing when it had gone live before, or does not, or was cancelled before, or begins too late to be sent to anybody.</summary>
    public void OnBegun(WriteSession session, long eventKey)
    {
        if (session.Statement(TakeWait).Bind(1, eventKey).Execute() > 0 && EventReader.Find(session, eventKey) is { Control: not EventControl.Cancel } row &&
            PushEventJson.Deserialize(row.Content) is var pushEvent && session.NowMs < pushEvent.Deadline.ToUnixTimeMilliseconds())
        {
            Append(session, row.AppKey, pushEvent);
        }
    }

    /// <summary>An event has ended without having begun.</summary>
    public static void OnNeverBegun(WriteSession session, long eventKey) => session.Statement(TakeWait).Bind(1, eventKey).Execute();

    public LiveEntry Append(WriteSession session, int appKey, LiveMessage message)
    {
        var newest = session.Statement(Newest).Bind(1, appKey).Bind(2, message.Channel).ScalarInt64() ?? LiveForgetting.Through(session, appKey, message.Channel);
        var sequence = newest > 0 ? newest + 1 : session.NowMs;
        var entry = new LiveEntry(sequence, LiveMessageJson.Serialize(message, sequence)) { IsFirst = newest == 0 };
        session.Statement(Add)
            .Bind(1, appKey).Bind(2, message.Channel).Bind(3, sequence).Bind(4, message.SentAt.ToUnixTimeMilliseconds()).BindBlob(5, entry.Json.Span)
            .Execute();
        LiveForgetting.AfterAppending(session, appKey, message.Channel, sequence, news.HistoryMessages);
        session.Ring(StoreTopic.Live, appKey, string.Create(CultureInfo.InvariantCulture, $"{sequence} {message.Channel}"));
        session.OnCommitted(() => news.Tell(appKey, message.Channel, entry));
        return entry;
    }

    private void Append(WriteSession session, int appKey, PushEvent pushEvent)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(session.NowMs);
        foreach (var channel in pushEvent.LiveChannels)
        {
            Append(session, appKey, LiveMessage.Of(pushEvent, channel, at));
        }
    }
}
