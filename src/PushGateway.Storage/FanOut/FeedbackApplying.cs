using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Removals;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.FanOut;

/// <summary>Does to the devices of a page what their answers say, and records each so that it can be undone.</summary>
internal sealed class FeedbackApplying(RemovalHolds holds, WebhookOutbox outbox)
{
    private const string Quarantine =
        "UPDATE Devices SET QuarantinedVersion = ?5 WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4";

    private const string FindEventId = "SELECT EventId FROM Events WHERE EventKey = ?1";

    /// <summary>Applies the feedback of a page, or puts it down for later when it may wait and the event goes on.</summary>
    public void Take(WriteSession session, PageCommit commit, bool isFinal)
    {
        if (commit.Feedback.Count == 0)
        {
            return;
        }

        BeginHolds(session, commit);
        if (commit.FeedbackMayWait && !isFinal)
        {
            WaitingFeedback.Put(session, PageFeedback.Of(commit));
        }
        else
        {
            Apply(session, PageFeedback.Of(commit));
        }
    }

    /// <summary>Applies a part of what waits of an event.</summary>
    /// <returns>Whether there was any.</returns>
    public bool ApplySomeOfEvent(WriteSession session, long eventKey) => ApplySome(session, () => session.Statement(WaitingFeedback.OfEvent).Bind(1, eventKey));

    /// <summary>Applies a part of what waits of an app.</summary>
    /// <returns>Whether there was any.</returns>
    public bool ApplySomeOfApp(WriteSession session, int appKey) => ApplySome(session, () => session.Statement(WaitingFeedback.OfApp).Bind(1, appKey));

    /// <summary>Applies a part of what waits, oldest first.</summary>
    /// <returns>Whether there was any.</returns>
    public bool ApplySome(WriteSession session) => ApplySome(session, () => session.Statement(WaitingFeedback.Oldest));

    /// <summary>Of as many pages as make about <see cref="WaitingFeedback.MaxItems"/> devices: a commit for each would take longer than what it commits.</summary>
    private bool ApplySome(WriteSession session, Func<StoreStatement> find)
    {
        var devices = 0;
        while (devices < WaitingFeedback.MaxItems && WaitingFeedback.Take(session, find()) is { } page)
        {
            Apply(session, page);
            devices += page.Items.Count;
        }

        return devices > 0;
    }

    private void Apply(WriteSession session, PageFeedback page)
    {
        var devices = new DeviceWriter(session, page.AppKey);
        List<(string DeviceId, ProviderKind Provider, string Reason)> removed = [];
        foreach (var feedback in page.Items)
        {
            // A device that has registered since the page was read has a newer last-seen time: the answer was about its token as it was.
            if (feedback.Verdict == TokenVerdict.Keep ||
                StoredDevice.FindByKey(session, page.Shard, page.AppKey, feedback.SubscriberKey, feedback.DeviceKey) is not { } device ||
                device.LastSeenMs != feedback.LastSeenMs)
            {
                continue;
            }

            // A page that was judged before the hold began is recorded after it: held too.
            var isHeld = feedback.IsHeld || holds.Find(page.AppKey, feedback.Provider) is { IsHeld: true };
            if (feedback.Verdict == TokenVerdict.Remove && !isHeld)
            {
                devices.Remove(device, feedback.Reason);
                removed.Add((device.DeviceId, device.Provider, feedback.Reason));
                RemovalRecording.Record(session, page, device, feedback, RemovalState.Removed);
                continue;
            }

            session.Statement(Quarantine)
                .Bind(1, page.Shard).Bind(2, page.AppKey).Bind(3, feedback.SubscriberKey).Bind(4, feedback.DeviceKey)
                .Bind(5, feedback.CredentialVersion)
                .Execute();
            RemovalRecording.Record(
                session, page, device, feedback, feedback.Verdict == TokenVerdict.Remove ? RemovalState.Held : RemovalState.Quarantined);
        }

        devices.Finish();
        TellRemoved(session, page, removed);
    }

    private void BeginHolds(WriteSession session, PageCommit commit)
    {
        foreach (var start in commit.Holds)
        {
            if (holds.Begin(session, commit, start) && outbox.Wants(commit.AppKey, WebhookNotices.RemovalsHeld))
            {
                outbox.AddFor(
                    session, commit.AppKey, WebhookNotices.RemovalsHeld, NoticeJson.RemovalsHeld(EventId(session, commit.EventKey), commit, start));
            }
        }
    }

    private void TellRemoved(WriteSession session, PageFeedback page, List<(string DeviceId, ProviderKind Provider, string Reason)> removed)
    {
        if (removed.Count > 0 && outbox.Wants(page.AppKey, WebhookNotices.DevicesRemoved))
        {
            var eventId = EventId(session, page.EventKey);
            foreach (var some in removed.Chunk(WaitingFeedback.MaxItems))
            {
                outbox.AddFor(
                    session, page.AppKey, WebhookNotices.DevicesRemoved,
                    NoticeJson.DevicesRemoved(eventId, DateTimeOffset.FromUnixTimeMilliseconds(page.RecordedAtMs), some));
            }
        }
    }

    private static string? EventId(WriteSession session, long eventKey)
    {
        var row = session.Statement(FindEventId).Bind(1, eventKey);
        var eventId = row.Step() ? row.Text(0) : null;
        row.Reset();
        return eventId;
    }
}
