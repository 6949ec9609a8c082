using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Sqlite.Devices;
using PushGateway.Storage.Sqlite.Engine;
using PushGateway.Storage.Sqlite.Removals;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.Sqlite.FanOut;

/// <summary>Does to the devices of a page what their answers say, and records each so that it can be undone.</summary>
internal sealed class FeedbackApplying(RemovalHolds holds, WebhookOutbox outbox)
{
    /// <summary>Devices in one notice: many of them are told in several.</summary>
    private const int DevicesPerNotice = 200;

    private const string Quarantine =
        "UPDATE Devices SET QuarantinedVersion = ?5 WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4";

    private const string FindEventId = "SELECT EventId FROM Events WHERE EventKey = ?1";

    public void Apply(WriteSession session, PageCommit commit)
    {
        if (commit.Feedback.Count == 0)
        {
            return;
        }

        var devices = new DeviceWriter(session, commit.AppKey);
        List<(string DeviceId, ProviderKind Provider, string Reason)> removed = [];
        foreach (var feedback in commit.Feedback)
        {
            // A device that has registered since the page was read has a newer last-seen time: the answer was about its token as it was.
            if (feedback.Verdict == TokenVerdict.Keep ||
                StoredDevice.FindByKey(session, commit.Shard, commit.AppKey, feedback.SubscriberKey, feedback.DeviceKey) is not { } device ||
                device.LastSeenMs != feedback.LastSeenMs)
            {
                continue;
            }

            // A page that was judged before the hold began is recorded after it: held too.
            var isHeld = feedback.IsHeld || holds.Find(commit.AppKey, feedback.Provider) is { IsHeld: true };
            if (feedback.Verdict == TokenVerdict.Remove && !isHeld)
            {
                devices.Remove(device, feedback.Reason);
                removed.Add((device.DeviceId, device.Provider, feedback.Reason));
                RemovalRecording.Record(session, commit, device, feedback, RemovalState.Removed);
                continue;
            }

            session.Statement(Quarantine)
                .Bind(1, commit.Shard).Bind(2, commit.AppKey).Bind(3, feedback.SubscriberKey).Bind(4, feedback.DeviceKey)
                .Bind(5, feedback.CredentialVersion)
                .Execute();
            RemovalRecording.Record(
                session, commit, device, feedback, feedback.Verdict == TokenVerdict.Remove ? RemovalState.Held : RemovalState.Quarantined);
        }

        devices.Finish();
        Tell(session, commit, removed);
    }

    private void Tell(WriteSession session, PageCommit commit, List<(string DeviceId, ProviderKind Provider, string Reason)> removed)
    {
        foreach (var start in commit.Holds)
        {
            if (holds.Begin(session, commit, start) && outbox.Wants(commit.AppKey, WebhookNotices.RemovalsHeld))
            {
                outbox.AddFor(session, commit.AppKey, WebhookNotices.RemovalsHeld, NoticeJson.RemovalsHeld(EventId(session, commit), commit, start));
            }
        }

        if (removed.Count > 0 && outbox.Wants(commit.AppKey, WebhookNotices.DevicesRemoved))
        {
            var eventId = EventId(session, commit);
            foreach (var some in removed.Chunk(DevicesPerNotice))
            {
                outbox.AddFor(session, commit.AppKey, WebhookNotices.DevicesRemoved, NoticeJson.DevicesRemoved(eventId, commit.RecordedAt, some));
            }
        }
    }

    private static string? EventId(WriteSession session, PageCommit commit)
    {
        var row = session.Statement(FindEventId).Bind(1, commit.EventKey);
        var eventId = row.Step() ? row.Text(0) : null;
        row.Reset();
        return eventId;
    }
}
