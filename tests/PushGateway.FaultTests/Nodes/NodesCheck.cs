using System.Diagnostics;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.FaultTests.Runs;

namespace PushGateway.FaultTests.Nodes;

/// <summary>The end of a run of several gateways: what they say of every device against what the provider says of its token.</summary>
internal sealed class NodesCheck(NodesPlan plan, NodeRig rig, Func<PushGatewayAppClient> app, PersistentCaller caller, NodesReport report)
{
    private const string OutcomeUnknown = "OutcomeUnknown";

    /// <summary>For all events together, from the last fault.</summary>
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private long Bound => report.Bound(rig.Nodes.Count);

    public async Task AllAsync(IReadOnlyList<(PlannedEvent Planned, PublishedRecord Published)> events, Conversation conversation)
    {
        var started = Stopwatch.GetTimestamp();
        var finals = new Dictionary<string, EventInfo>();
        foreach (var eventId in events.Select(entry => entry.Published.Id).Concat(conversation.Said.Select(said => said.EventId)))
        {
            finals[eventId] = await EndAsync(eventId, started);
        }

        report.Lapses = rig.CountLapses();
        report.EndedAfter = Stopwatch.GetElapsedTime(started);
        foreach (var (planned, published) in events)
        {
            await EventAsync(planned, published, finals[published.Id]);
        }

        foreach (var (device, request, key, eventId) in conversation.Said)
        {
            Assert.Equal(("completed", new EventCounts { Targeted = 1, Accepted = 1 }), (finals[eventId].State, finals[eventId].Counts));
            Assert.True(Times(device) >= 1, $"{device.Id} is said to have been notified, and was not.");
            await ReplayAsync(request, key, eventId);
        }

        await NothingBesidesAsync(finals.Keys);
        var devices = events.SelectMany(entry => entry.Published.Audience.Devices).Concat(conversation.Said.Select(said => said.Device)).ToList();
        report.Devices = devices.Count;
        report.ExtraPushes = devices.Sum(device => Math.Max(0, Times(device) - 1));
        Assert.True(report.ExtraPushes <= Bound, $"{report.ExtraPushes} notifications were sent again, bound {Bound}.");
        Assert.True(report.Unknown <= Bound, $"Of {report.Unknown} devices nobody knows, bound {Bound}.");
    }

    private async Task<EventInfo> EndAsync(string eventId, long started)
    {
        while (true)
        {
            var info = await caller.CallAsync(() => app().FindEventAsync(eventId, Cancelled));
            Assert.True(info is not null, $"Event {eventId} was acknowledged and is gone.");
            AccountWatch.AddsUp(info);
            if (info.IsFinal)
            {
                Assert.Equal(0, info.Counts.Pending);
                return info;
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < s_endLimit, $"Event {eventId} does not end: {info.State}, {info.Counts}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
        }
    }

    private async Task EventAsync(PlannedEvent planned, PublishedRecord published, EventInfo final)
    {
        var receipts = await ReceiptsAsync(published.Id);
        await ReplayAsync(published.Request, published.Key, published.Id);
        Assert.True(
            final.Timings.StartedAt is not { } startedAt || published.Request.Options!.SendAt is not { } sendAt || startedAt > sendAt - TimeSpan.FromMilliseconds(1),
            $"{planned.Audience.Channel} began before its time.");
        if (published.CancelledAs is { } counts)
        {
            Assert.Equal(("cancelled", counts), (final.State, final.Counts));
        }

        if (!published.IsCancelAsked)
        {
            Assert.Equal(("completed", 0L, 0L), (final.State, final.Counts.Cancelled, final.Counts.Suppressed));
        }

        Assert.Equal(published.Audience.Devices.Select(device => device.Id).Order(), receipts.Keys.Order());
        Assert.Equal(published.Audience.Devices.Count, final.Counts.Targeted);
        foreach (var (outcome, count) in (ReadOnlySpan<(string, long)>)
            [("accepted", final.Counts.Accepted), ("unregistered", final.Counts.Unregistered), ("rejected", final.Counts.Rejected), ("cancelled", final.Counts.Cancelled)])
        {
            Assert.Equal((outcome, count), (outcome, receipts.Values.Count(receipt => receipt.Outcome == outcome)));
        }

        CompareWithProvider(planned, receipts);
    }

    private void CompareWithProvider(PlannedEvent planned, Dictionary<string, ReceiptInfo> receipts)
    {
        var sentThenCancelled = 0;
        foreach (var device in planned.Audience.Devices)
        {
            var (receipt, times) = (receipts[device.Id], Times(device));
            Assert.True(planned.ResendUnknown || times <= 1, $"{device.Id} was notified {times} times, which its event forbids.");
            if (receipt.Outcome == "cancelled")
            {
                sentThenCancelled += Math.Sign(times);
            }
            else if (receipt.Reason == OutcomeUnknown && !planned.ResendUnknown)
            {
                report.Unknown++;
            }
            else
            {
                Assert.True(receipt.Outcome == device.Outcome, $"{device.Id} is {device.Nature}, and its outcome is {receipt.Outcome} ({receipt.Reason}).");
                Assert.True(receipt.Outcome == "accepted" == times > 0, $"{device.Id} is {receipt.Outcome}, and its provider took {times}.");
            }
        }

        // Sent, and the gateway was lost before it could say so.
        Assert.True(sentThenCancelled <= Bound, $"{sentThenCancelled} are said to be cancelled and were sent, bound {Bound}.");
        Assert.True(!plan.IsGentle || report.Lapses > 0 || sentThenCancelled == 0, $"{sentThenCancelled} are said to be cancelled and were sent.");
    }

    /// <summary>No publish that was repeated at other gateways has become two events, and nothing is left to be done.</summary>
    private async Task NothingBesidesAsync(IReadOnlyCollection<string> published)
    {
        var (found, cursor) = (new List<string>(), default(string));
        do
        {
            var page = await app().ListEventsAsync(cursor, Cancelled);
            found.AddRange(page.Items.Select(info => info.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(published.Order(), found.Order());
        Assert.Empty(await rig.QueryAsync("SELECT * FROM Deferred LIMIT 10"));
    }

    private int Times(PlannedDevice device) => rig.Simulator.Control.TimesAccepted(device.Provider, device.Token);

    private async Task<Dictionary<string, ReceiptInfo>> ReceiptsAsync(string eventId)
    {
        Dictionary<string, ReceiptInfo> receipts = [];
        string? cursor = null;
        do
        {
            var page = await app().ListReceiptsAsync(eventId, null, 1_000, cursor, Cancelled);
            foreach (var receipt in page.Items)
            {
                Assert.True(receipts.TryAdd(receipt.Device, receipt), $"{receipt.Device} has two receipts of event {eventId}.");
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return receipts;
    }

    private async Task ReplayAsync(EventRequest request, string key, string eventId)
    {
        var replay = await caller.CallAsync(() => app().PublishAsync(request, key, Cancelled));
        Assert.Equal((true, eventId), (replay.Replayed, replay.Event.Id));
    }
}
