using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Events;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>What a device was sent and what came of it, over everything that is kept.</summary>
public abstract class ReceiptHistoryTests(TestDatabase database) : StoreTests(database)
{
    private const string Subscriber = "anna";
    private static readonly int s_shard = Shard.Of(Subscriber);

    [Fact]
    public async Task ReadHistoryAsync_AnyLimit_GivesEachEventOfTheDeviceOnceNewestFirst()
    {
        await using var store = await OpenAsync();
        var (app, rows) = await SetUpAsync(store, devices: 2);
        // Large ones with pages of their own, ones that ended with their first page, ones for another device, one that has not been sent.
        for (var number = 0; number < 12; number++)
        {
            await SendAsync(store, app, $"e{number}", rows[number % 3 == 2 ? 1 : 0], isSole: number % 2 == 0, number == 4 ? ReceiptOutcome.Rejected : ReceiptOutcome.Accepted);
        }

        await store.Events.PublishAsync(app, Event("waiting", new Audience(AudienceKind.Subscribers, [Subscriber])), null, Stop);
        string[] expected = ["e10:Accepted", "e9:Accepted", "e7:Accepted", "e6:Accepted", "e4:Rejected", "e3:Accepted", "e1:Accepted", "e0:Accepted"];
        foreach (var limit in new[] { 1, 3, 8, 100 })
        {
            Assert.Equal(expected, (await ReadAllAsync(store, app, HistoryOwner.Device("d0"), limit)).Select(item => $"{item.Event.Id}:{item.Receipt.Outcome}"));
        }

        Assert.Equal(12, (await ReadAllAsync(store, app, HistoryOwner.Subscriber(Subscriber), 5)).Count);
        var page = (await store.Events.ReadHistoryAsync(app, HistoryOwner.Device("d0"), 100, null, Stop))!;
        Assert.Equal(Event("e0").CreatedAt, page.LookedBackTo);
        Assert.Null(await store.Events.ReadHistoryAsync(app, HistoryOwner.Device("unknown"), 10, null, Stop));
        Assert.Empty((await store.Events.ReadHistoryAsync(app, HistoryOwner.Subscriber("unknown"), 10, null, Stop))!.Items);
        Assert.Empty((await store.Events.ReadHistoryAsync(await store.AddAppAsync("other"), HistoryOwner.Subscriber(Subscriber), 10, null, Stop))!.Items);
        foreach (var cursor in new[] { "nonsense", "1", ".1", "1.x" })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.Events.ReadHistoryAsync(app, HistoryOwner.Device("d0"), 10, cursor, Stop));
        }
    }

    [Fact]
    public async Task ReadHistoryAsync_ManyEventsForOthers_DoesABoundedPartAndGoesOn()
    {
        await using var store = await OpenAsync();
        var (app, rows) = await SetUpAsync(store, devices: 2);
        await SendAsync(store, app, "mine", rows[0], isSole: false, ReceiptOutcome.Accepted);
        for (var number = 0; number < 10; number++)
        {
            await SendAsync(store, app, $"other{number}", rows[1], isSole: number % 2 == 0, ReceiptOutcome.Accepted);
        }

        List<string> found = [];
        var (from, parts) = (HistoryCursor.Newest, 0);
        while (true)
        {
            var page = (await store.Reads.ReadAsync(session => HistoryReader.Read(session, app, HistoryOwner.Device("d0"), 10, from, maxWork: 6), Stop))!;
            found.AddRange(page.Items.Select(item => item.Event.Id));
            parts++;
            if (page.NextCursor is null)
            {
                break;
            }

            from = HistoryCursor.Parse(page.NextCursor);
        }

        Assert.Equal(["mine"], found);
        Assert.InRange(parts, 4, 11);
    }

    [Fact]
    public async Task ReadHistoryAsync_DeviceThatHadToWait_IsPendingAndThenWhatItCameTo()
    {
        await using var store = await OpenAsync();
        var (app, rows) = await SetUpAsync(store, devices: 1);
        var key = (await store.Events.PublishAsync(app, Event("e"), null, Stop)).Event!.Key;
        var at = store.Time.GetUtcNow();
        await store.FanOuts.CommitPageAsync(Page(app, key, rows[0], at) with
        {
            Receipts = Receipts(rows[0], ReceiptOutcome.Pending, "ServiceUnavailable"),
            Accounts = [new PageAccount(ProviderKind.Apns, new OutcomeCounts(0, 0, 0, 0, 0, 1), new Dictionary<string, long>(), 1)],
            Deferred = [new DeferredDevice(rows[0].SubscriberKey, rows[0].DeviceKey, ProviderKind.Apns, 2, at.AddMinutes(1), "ServiceUnavailable")],
        }, Stop);
        var waiting = Assert.Single(await ReadAllAsync(store, app, HistoryOwner.Device("d0"), 10)).Receipt;
        Assert.Equal((ReceiptOutcome.Pending, "ServiceUnavailable"), (waiting.Outcome, waiting.Reason));

        await store.FanOuts.CommitPageAsync(new PageCommit
        {
            EventKey = key,
            AppKey = app,
            Shard = s_shard,
            RecordedAt = at,
            Receipts = Receipts(rows[0], ReceiptOutcome.Accepted, null),
            Accounts = [new PageAccount(ProviderKind.Apns, new OutcomeCounts(1, 0, 0, 0, 0, -1), new Dictionary<string, long>(), 1)],
            Settled = [rows[0].DeviceKey],
        }, Stop);
        Assert.Equal(ReceiptOutcome.Accepted, Assert.Single(await ReadAllAsync(store, app, HistoryOwner.Device("d0"), 10)).Receipt.Outcome);

        // Also when it has gone since.
        Assert.True(await store.Devices.RemoveAsync(app, "d0", Stop));
        Assert.Equal(ReceiptOutcome.Accepted, Assert.Single(await ReadAllAsync(store, app, HistoryOwner.Device("d0"), 10)).Receipt.Outcome);
        Assert.Empty(await ReadAllAsync(store, app, HistoryOwner.Subscriber(Subscriber), 10));
    }

    private static async Task<(int App, AudienceRow[] Rows)> SetUpAsync(TestStore store, int devices)
    {
        var app = await store.AddAppAsync();
        for (var number = 0; number < devices; number++)
        {
            await store.Devices.RegisterAsync(app, Device($"d{number}", Subscriber), Stop);
        }

        return (app, [.. (await store.ReadAllAsync(Query(app, Audience.All))).Select(row => row.Row)]);
    }

    private static async Task SendAsync(TestStore store, int app, string id, AudienceRow row, bool isSole, ReceiptOutcome outcome)
    {
        var audience = isSole ? new Audience(AudienceKind.Subscribers, [Subscriber]) : Audience.All;
        var key = (await store.Events.PublishAsync(app, Event(id, audience), null, Stop)).Event!.Key;
        var at = store.Time.GetUtcNow();
        var counts = default(OutcomeCounts).Plus(outcome, 1);
        var commit = Page(app, key, row, at) with
        {
            Receipts = Receipts(row, outcome, outcome == ReceiptOutcome.Accepted ? null : "BadTopic"),
            Accounts = [new PageAccount(ProviderKind.Apns, counts, new Dictionary<string, long>(), 1)],
            Ending = isSole ? new PageEnding(EventState.Completed, at) : null,
        };
        Assert.Equal(isSole, await store.FanOuts.CommitPageAsync(commit, Stop));
    }

    private static PageCommit Page(int app, long key, AudienceRow row, DateTimeOffset at) => new()
    {
        EventKey = key,
        AppKey = app,
        Shard = s_shard,
        RecordedAt = at,
        Advances = ProviderSet.All,
        End = new AudienceCursor(row.SubscriberKey, row.DeviceKey),
        IsLast = true,
    };

    private static byte[] Receipts(AudienceRow row, ReceiptOutcome outcome, string? reason)
    {
        var writer = new ReceiptBlob.Writer();
        writer.Add(row.DeviceKey, row.Provider, outcome, reason);
        return writer.Write();
    }

    private static async Task<List<HistoryItem>> ReadAllAsync(TestStore store, int app, HistoryOwner owner, int limit)
    {
        var all = new List<HistoryItem>();
        string? cursor = null;
        do
        {
            var page = (await store.Events.ReadHistoryAsync(app, owner, limit, cursor, Stop))!;
            Assert.True(page.Items.Count <= limit);
            all.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return all;
    }
}
