using CsCheck;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Devices whose time has not come, and what subscribers were charged.</summary>
public abstract class WaitAndChargeTests(TestDatabase database) : StoreTests(database)
{
    private const int OneShard = 5;

    [Fact]
    public void ChargesBlob_AnyCharges_ReadBackTheSame() => Gen.Select(Gen.Long[1, 1L << 40], Gen.Long[1, 1L << 40].Array[1, 5]).Array[0, 64].Sample(
        pairs =>
        {
            var charges = new SortedDictionary<long, List<long>>();
            foreach (var (subscriber, events) in pairs)
            {
                charges[subscriber] = [.. events.Distinct()];
            }

            var read = ChargesBlob.Read(ChargesBlob.Write(charges));
            return read.Keys.SequenceEqual(charges.Keys) && read.All(pair => pair.Value.SequenceEqual(charges[pair.Key]));
        },
        iter: 500);

    [Fact]
    public async Task ReadChargesAsync_AfterSeveralPages_TellsEachSubscribersEventsOfThatDay()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, 6);
        var now = store.Time.GetUtcNow();
        // Far apart, so that several blocks are met.
        long[] subscribers = [3, 4, 5_000, 5_001, 1_000_000];
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { Charges = new DailyCharges(10, subscribers) }, Stop);
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { Charges = new DailyCharges(10, [4, 5_001]) }, Stop);
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { Charges = new DailyCharges(11, [4]) }, Stop);

        var charged = await store.FanOuts.ReadChargesAsync(app, OneShard, 10, [1, 4, 5_001, 2_000_000], Stop);

        Assert.Equal([4, 5_001], charged.Keys.Order());
        Assert.All(charged.Values, events => Assert.Equal([key], events));
        Assert.Empty(await store.FanOuts.ReadChargesAsync(app, OneShard, 12, subscribers, Stop));
        Assert.Empty(await store.FanOuts.ReadChargesAsync(app + 1, OneShard, 10, subscribers, Stop));
        Assert.Empty(await store.FanOuts.ReadChargesAsync(app, OneShard + 1, 10, subscribers, Stop));
    }

    [Fact]
    public async Task ReadDeferredPageAsync_Waits_AreGivenInTheOrderOfTheirTimeAndOnce()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, 9);
        var now = store.Time.GetUtcNow();
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with
        {
            Waits = [Wait(rows[..5], now.AddHours(1)), Wait(rows[5..], now.AddHours(2))],
            Accounts = [new PageAccount(ProviderKind.Apns, default(OutcomeCounts) with { Pending = 9 }, new Dictionary<string, long>(), 0)],
        }, Stop);
        var query = Query(app, Audience.All);
        var page = new AudiencePage(3);

        Assert.Equal(now.AddHours(1), await store.FanOuts.FindDeferredDueAsync(key, OneShard, ProviderKind.Apns, Stop));
        Assert.Equal(now.AddHours(1), (await store.FanOuts.FindWorkAsync(key, Stop))!.Plan.Shards.Single(shard => shard.Provider == ProviderKind.Apns).DeferredDueAt);
        await store.FanOuts.ReadDeferredPageAsync(query, key, OneShard, ProviderSet.All, now, page, Stop);
        Assert.Equal(0, page.Count);
        await store.FanOuts.ReadDeferredPageAsync(query, key, OneShard, ProviderSet.Fcm, now.AddHours(3), page, Stop);
        Assert.Equal(0, page.Count);

        List<long> given = [];
        while (true)
        {
            await store.FanOuts.ReadDeferredPageAsync(query, key, OneShard, ProviderSet.All, now.AddHours(3), page, Stop);
            if (page.Count == 0)
            {
                break;
            }

            // A page has one local time.
            Assert.Equal(given.Count < 5 ? now.AddHours(1) : now.AddHours(2), page.StartsAt);
            given.AddRange(page.Rows.ToArray().Select(row => row.DeviceKey));
            await store.FanOuts.CommitPageAsync(Page(app, key, now) with { TakenWaits = [.. page.Waits] }, Stop);
        }

        Assert.Equal(rows.Select(row => row.DeviceKey), given);
        Assert.Null(await store.FanOuts.FindDeferredDueAsync(key, OneShard, ProviderKind.Apns, Stop));
    }

    [Fact]
    public async Task MarkBegunAsync_SomeOfAWait_AreFoundBegunAndTheOthersNot()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, 5);
        var now = store.Time.GetUtcNow();
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with
        {
            Waits = [Wait(rows, now)],
            Accounts = [new PageAccount(ProviderKind.Apns, default(OutcomeCounts) with { Pending = 5 }, new Dictionary<string, long>(), 0)],
        }, Stop);
        var some = new AudiencePage(3);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now, some, Stop);

        await store.FanOuts.MarkBegunAsync(new PageBegun { EventKey = key, Shard = OneShard, Providers = ProviderSet.None, End = default, Deferred = [], Waits = [.. some.Waits] }, Stop);

        var all = new AudiencePage(10);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now, all, Stop);
        Assert.Equal([true, true, true, false, false], all.Rows.ToArray().Select(row => row.IsBegun));
    }

    [Fact]
    public async Task ReadDeferredPageAsync_Repeats_KnowHowOftenTheyWereTried()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, 5);
        var now = store.Time.GetUtcNow();
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with
        {
            Waits = [Repeat(rows[..3], now.AddSeconds(1), 2), Repeat(rows[3..4], now.AddSeconds(2), 0), new WaitingDevices(ProviderKind.Apns, now.AddSeconds(3), null, Keys(rows[4..]))],
        }, Stop);

        var page = new AudiencePage(10);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddSeconds(3), page, Stop);

        Assert.Equal(rows.Select(row => row.DeviceKey), page.Rows.ToArray().Select(row => row.DeviceKey));
        Assert.Equal([2, 2, 2, 0, 0], page.Rows.ToArray().Select(row => row.Attempts));
    }

    /// <summary>Those that wait for a time of day wait for what the clock says.</summary>
    [Fact]
    public async Task BringDeferredForwardAsync_Waits_BringsOnlyRepeatsNearerAlsoWhereOthersWait()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, 4);
        var now = store.Time.GetUtcNow();
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with
        {
            // The second comes to where the first was, the third to where the second was, the fourth to where one waits for its time.
            Waits =
            [
                Repeat(rows[..1], now.AddMinutes(20), 1), Repeat(rows[1..2], now.AddMinutes(30), 1), Repeat(rows[2..3], now.AddMinutes(40), 1), Wait(rows[3..], now.AddMinutes(10)),
            ],
        }, Stop);

        await store.FanOuts.BringDeferredForwardAsync(TimeSpan.FromMinutes(10), now, ShardLeases.All, Stop);

        for (var minutes = 10; minutes <= 30; minutes += 10)
        {
            List<long> due = [];
            var page = new AudiencePage(10);
            do
            {
                await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddMinutes(minutes), page, Stop);
                due.AddRange(page.Rows.ToArray().Select(row => row.DeviceKey));
                await store.FanOuts.CommitPageAsync(Page(app, key, now) with { TakenWaits = [.. page.Waits] }, Stop);
            }
            while (page.Count > 0);

            Assert.Equal(minutes == 10 ? [rows[0].DeviceKey, rows[3].DeviceKey] : [rows[(minutes / 10) - 1].DeviceKey], due.Order());
        }
    }

    /// <summary>Otherwise they would be sent to again, and counted twice.</summary>
    [Theory]
    [InlineData(10, 0)]
    [InlineData(2, 1)]
    public async Task CommitPageAsync_ClockSetBackWhileItsWaitsWereUnderWay_TakesThemOut(int capacity, int left)
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, 5);
        var now = store.Time.GetUtcNow();
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { Waits = [Repeat(rows[..3], now.AddMinutes(20), 1)] }, Stop);
        var under = new AudiencePage(capacity);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddMinutes(20), under, Stop);

        await store.FanOuts.BringDeferredForwardAsync(TimeSpan.FromMinutes(5), now, ShardLeases.All, Stop);
        await store.FanOuts.BringDeferredForwardAsync(TimeSpan.FromMinutes(5), now, ShardLeases.All, Stop);
        // Where the row was there is another one now.
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { Waits = [Repeat(rows[3..], now.AddMinutes(20), 1)] }, Stop);
        await store.FanOuts.MarkBegunAsync(
            new PageBegun { EventKey = key, Shard = OneShard, Providers = ProviderSet.None, End = default, Deferred = [], Waits = [.. under.Waits] }, Stop);
        var begun = new AudiencePage(10);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddMinutes(20), begun, Stop);
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { TakenWaits = [.. under.Waits] }, Stop);

        Assert.Equal(rows.Select((row, index) => (row.DeviceKey, IsBegun: index < under.Count, Attempts: 1)), begun.Rows.ToArray().Select(row => (row.DeviceKey, row.IsBegun, row.Attempts)));
        var page = new AudiencePage(10);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddMinutes(20), page, Stop);
        Assert.Equal(rows[(3 - left)..].Select(row => row.DeviceKey), page.Rows.ToArray().Select(row => row.DeviceKey));
    }

    [Fact]
    public async Task CommitPageAsync_ClockSetBackAndTheFirstOfTheRowWaitElsewhereAgain_TakesOutTheRightRow()
    {
        await using var store = await OpenAsync();
        var (app, key, rows) = await PublishAsync(store, 3);
        var now = store.Time.GetUtcNow();
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { Waits = [Repeat(rows, now.AddMinutes(20), 1)] }, Stop);
        var page = new AudiencePage(2);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddMinutes(20), page, Stop);
        // Sooner than the row that they come from.
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { TakenWaits = [.. page.Waits], Waits = [Repeat(rows[..2], now.AddMinutes(15), 2)] }, Stop);
        var rest = new AudiencePage(10);
        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddMinutes(20), rest, Stop);
        var last = Assert.Single(rest.Waits, wait => wait.DueAtMs == now.AddMinutes(20).ToUnixTimeMilliseconds());

        await store.FanOuts.BringDeferredForwardAsync(TimeSpan.FromMinutes(5), now, ShardLeases.All, Stop);
        await store.FanOuts.CommitPageAsync(Page(app, key, now) with { TakenWaits = [last] }, Stop);

        await store.FanOuts.ReadDeferredPageAsync(Query(app, Audience.All), key, OneShard, ProviderSet.All, now.AddMinutes(20), rest, Stop);
        Assert.Equal(rows[..2].Select(row => row.DeviceKey), rest.Rows.ToArray().Select(row => row.DeviceKey));
    }

    private static WaitingDevices Repeat(IEnumerable<AudienceRow> rows, DateTimeOffset dueAt, int attempts) =>
        new(ProviderKind.Apns, dueAt, null, Keys(rows)) { Attempts = attempts };

    private static AudienceCursor[] Keys(IEnumerable<AudienceRow> rows) => [.. rows.Select(row => new AudienceCursor(row.SubscriberKey, row.DeviceKey))];

    private static WaitingDevices Wait(IEnumerable<AudienceRow> rows, DateTimeOffset dueAt) =>
        new(ProviderKind.Apns, dueAt, dueAt, [.. rows.Select(row => new AudienceCursor(row.SubscriberKey, row.DeviceKey))]);

    private static PageCommit Page(int app, long key, DateTimeOffset now) => new() { EventKey = key, AppKey = app, Shard = OneShard, RecordedAt = now };

    /// <summary>An event for so many devices, all of one shard.</summary>
    private static async Task<(int App, long Key, List<AudienceRow> Rows)> PublishAsync(TestStore store, int devices)
    {
        var app = await store.AddAppAsync();
        for (var (number, made) = (0, 0); made < devices; number++)
        {
            if (Shard.Of($"s{number}") == OneShard)
            {
                await store.Devices.RegisterAsync(app, Device($"d{made}", subscriber: $"s{number}"), Stop);
                made++;
            }
        }

        var receipt = await store.Events.PublishAsync(app, Event("e1", store: store), null, Stop);
        return (app, receipt.Event!.Key, [.. (await store.ReadAllAsync(Query(app, Audience.All))).Select(read => read.Row)]);
    }
}
