using System.Diagnostics;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.Simulator;

namespace PushGateway.FaultTests.Runs;

/// <summary>The end of a run: what the gateway says of every device against what the provider says of its token.</summary>
internal sealed class RunCheck(
    FaultPlan plan, PushGatewayAppClient app, PersistentCaller caller, SimulatorControl simulator, FaultReport report)
{
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Every acknowledged event runs to its end, skips nobody, and its counts, receipts and the provider's log agree.</summary>
    public async Task EventsAsync(IReadOnlyList<PublishedRecord> events)
    {
        foreach (var published in events)
        {
            var final = await EndAsync(published.Id);
            var receipts = await ReceiptsAsync(published.Id);
            Assert.Equal(published.Audience.Devices.Select(device => device.Id).Order(), receipts.Keys.Order());
            Assert.Equal(published.Audience.Devices.Count, final.Counts.Targeted);
            Assert.Equal(final.Counts.Accepted, receipts.Values.Count(receipt => receipt.Outcome == "accepted"));
            Assert.Equal(final.Counts.Unregistered, receipts.Values.Count(receipt => receipt.Outcome == "unregistered"));
            Assert.Equal(final.Counts.Rejected, receipts.Values.Count(receipt => receipt.Outcome == "rejected"));
            Assert.Equal(final.Counts.Cancelled, receipts.Values.Count(receipt => receipt.Outcome == "cancelled"));
            CompareWithProvider(published, final, receipts);
            await ReplayAsync(published.Request, published.Key, published.Id);
            report.Devices += published.Audience.Devices.Count;
            report.RepeatedAttempts += Math.Max(0, final.Attempts - published.Audience.Devices.Count);
        }
    }

    /// <summary>The same for the events to one phone each.</summary>
    public async Task ConversationAsync(Conversation conversation)
    {
        foreach (var (device, request, key, eventId) in conversation.Said)
        {
            Assert.NotNull(await app.FindDeviceAsync(device.Id, Cancelled));
            var final = await EndAsync(eventId);
            Assert.Equal("completed", final.State);
            Assert.Equal(new EventCounts { Targeted = 1, Accepted = 1 }, final.Counts);
            Assert.True(Times(device) >= 1, $"{device.Id} is said to have been notified, and was not.");
            await ReplayAsync(request, key, eventId);
            report.Devices++;
            report.RepeatedAttempts += final.Attempts - 1;
        }

        // No publish that was repeated until it was answered has become two events.
        var (count, cursor) = (0, default(string));
        do
        {
            var page = await app.ListEventsAsync(cursor, Cancelled);
            (count, cursor) = (count + page.Items.Count, page.NextCursor);
        }
        while (cursor is not null);
        Assert.Equal(plan.Audiences.Count + conversation.Said.Count, count);
    }

    /// <summary>An app whose deletion was answered is gone with all it had, also when another of its name is made.</summary>
    public async Task DeletedAppAsync(bool isDeleted, PushGatewayClient client)
    {
        if (!isDeleted)
        {
            return;
        }

        Assert.Null(await client.FindAppAsync("deleted", Cancelled));
        await client.PutAppAsync("deleted", "another", Cancelled);
        var again = client.App("deleted");
        Assert.Empty((await again.ListEventsAsync(null, Cancelled)).Items);
        Assert.Equal(0, (await again.GetChannelAsync(plan.Deleted.Channel, Cancelled)).Subscribers);
        Assert.Null(await again.FindDeviceAsync(plan.Deleted.Devices[0].Id, Cancelled));
    }

    /// <summary>Devices sent to twice: at most those in flight for each kill, and one for each attempt whose outcome nobody could know.</summary>
    public void Duplicates(Conversation conversation)
    {
        var times = plan.Audiences.SelectMany(audience => audience.Devices).Concat(plan.Deleted.Devices)
            .Concat(conversation.Said.Select(said => said.Device)).Select(Times).ToList();
        report.DevicesTwice = times.Count(count => count > 1);
        report.ExtraPushes = times.Sum(count => Math.Max(0, count - 1));
        report.Bound = report.Kills * (long)plan.MaxDevicesInFlight;
        if (plan.HasNetworkFaults)
        {
            Assert.InRange(report.DevicesTwice, 0, report.Bound + report.RepeatedAttempts);
        }
        else
        {
            Assert.InRange(report.ExtraPushes, 0, report.Bound);
        }
    }

    private void CompareWithProvider(PublishedRecord published, EventInfo final, Dictionary<string, ReceiptInfo> receipts)
    {
        var sentThenCancelled = 0;
        foreach (var device in published.Audience.Devices)
        {
            var (outcome, times) = (receipts[device.Id].Outcome, Times(device));
            if (outcome == "cancelled")
            {
                sentThenCancelled += Math.Sign(times);
                continue;
            }

            Assert.True(outcome == device.Outcome, $"{device.Id} is {device.Nature}, and its outcome is {outcome} ({receipts[device.Id].Reason}).");
            Assert.True(outcome == "accepted" == times > 0, $"{device.Id} is {outcome}, and its provider took {times}.");
        }

        if (!published.IsCancelAsked)
        {
            Assert.Equal("completed", final.State);
            Assert.Equal((0, 0), (final.Counts.Cancelled, final.Counts.Suppressed));
            return;
        }

        // Sent, and the process died before it could say so: that is what the bound is about.
        Assert.InRange(sentThenCancelled, 0, (report.Kills * (long)plan.MaxDevicesInFlight) + (plan.HasNetworkFaults ? final.Attempts : 0));
        if (published.CancelledAs is { } counts)
        {
            Assert.Equal(("cancelled", counts), (final.State, final.Counts));
        }
    }

    private int Times(PlannedDevice device) => simulator.TimesAccepted(device.Provider, device.Token);

    private async Task<EventInfo> EndAsync(string eventId)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var info = await caller.CallAsync(() => app.FindEventAsync(eventId, Cancelled));
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

    private async Task<Dictionary<string, ReceiptInfo>> ReceiptsAsync(string eventId)
    {
        Dictionary<string, ReceiptInfo> receipts = [];
        string? cursor = null;
        do
        {
            var page = await app.ListReceiptsAsync(eventId, null, 1_000, cursor, Cancelled);
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
        var replay = await app.PublishAsync(request, key, Cancelled);
        Assert.Equal((true, eventId), (replay.Replayed, replay.Event.Id));
    }
}
