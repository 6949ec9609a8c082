using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Audiences;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>The audience of an event that is sent again: exactly the devices that the first expired for.</summary>
public abstract class ExpiredAudienceTests(TestDatabase database) : StoreTests(database)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public async Task ReadPageAsync_DevicesOfManyShards_ReadsThoseThatExpiredAndNoOthers(int capacity)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 200).Select(number => new DeviceImport(Device($"d{number}"), []))], Stop);
        var expired = await RecordAsync(store, app, Audience.All, number => number % 3 == 0);

        var read = await store.ReadAllAsync(Query(app, Audience.ExpiredOf("e1")), capacity);

        Assert.Equal(expired.Order(), read.Select(row => row.Token).Order());
        Assert.Equal(expired.Count, await store.Events.EstimateAudienceAsync(app, Audience.ExpiredOf("e1"), Stop));
    }

    [Fact]
    public async Task ReadPageAsync_MoreOfAShardThanAreLookedUp_ReadsThemAllTheSame()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var devices = (ExpiredDevices.MaxLookedUp * 3 / 2) + 1;
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, devices).Select(number => new DeviceImport(Device($"d{number}", "anna"), []))], Stop);
        var expired = await RecordAsync(store, app, Audience.All, number => number % 4 != 0);
        Assert.InRange(expired.Count, ExpiredDevices.MaxLookedUp + 1, devices - 1);

        var read = await store.ReadAllAsync(Query(app, Audience.ExpiredOf("e1")));

        Assert.Equal(expired.Order(), read.Select(row => row.Token).Order());
    }

    [Fact]
    public async Task ReadPageAsync_EventThatEndedWithItsFirstPage_ReadsItsReceiptsToo()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d0", "anna"), Stop);
        await store.Devices.RegisterAsync(app, Device("d1", "anna"), Stop);
        var expired = await RecordAsync(store, app, new Audience(AudienceKind.Subscribers, ["anna"]), number => number == 1);

        Assert.Equal(expired, (await store.ReadAllAsync(Query(app, Audience.ExpiredOf("e1")))).Select(row => row.Token));
        Assert.Equal(1, await store.Events.EstimateAudienceAsync(app, Audience.ExpiredOf("e1"), Stop));
    }

    [Fact]
    public async Task ReadPageAsync_DeviceGoneSinceOrOfAnotherApp_IsLeftOut()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var other = await store.AddAppAsync("other");
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 3).Select(number => new DeviceImport(Device($"d{number}", "anna"), []))], Stop);
        await RecordAsync(store, app, Audience.All, _ => true);
        await store.Devices.RemoveAsync(app, "d1", Stop);

        Assert.Equal(["token-of-d0", "token-of-d2"], (await store.ReadAllAsync(Query(app, Audience.ExpiredOf("e1")))).Select(row => row.Token).Order());
        Assert.Empty(await store.ReadAllAsync(Query(other, Audience.ExpiredOf("e1"))));
        Assert.Empty(await store.ReadAllAsync(Query(app, Audience.ExpiredOf("no-such-event"))));
    }

    [Fact]
    public async Task Again_AnEvent_HasItsPlanOnlyWhereSomethingExpired()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 100).Select(number => new DeviceImport(Device($"d{number}"), []))], Stop);
        var expired = await RecordAsync(store, app, Audience.All, number => number < 2);
        var again = (await store.Events.FindAsync(app, "e1", Stop))!.Event.Again(store.Time.GetUtcNow());

        var receipt = await store.Events.PublishAsync(app, again, null, Stop);

        Assert.Equal(expired.Select(token => Shard.Of(token["token-of-".Length..])).Distinct().Order(), receipt.Plan!.Shards.Select(shard => shard.Shard).Distinct().Order());
        Assert.Equal(("e1", 2), ((await store.Events.FindAsync(app, again.Id, Stop))!.Event.ResendOf, receipt.Event!.EstimatedAudience));
    }

    /// <summary>Publishes e1 and records it to its end, 500 devices a page.</summary>
    /// <returns>Tokens of those that expired.</returns>
    private static async Task<List<string>> RecordAsync(TestStore store, int app, Audience audience, Func<int, bool> isExpired)
    {
        var key = (await store.Events.PublishAsync(app, Event("e1", audience, store: store), null, Stop)).Event!.Key;
        var expired = new List<string>();
        var number = 0;
        var at = store.Time.GetUtcNow();
        foreach (var shard in (await store.ReadAllAsync(Query(app, audience))).GroupBy(row => row.Shard))
        {
            var pages = shard.Chunk(500).ToList();
            for (var page = 0; page < pages.Count; page++)
            {
                var writer = new ReceiptBlob.Writer();
                var counts = default(OutcomeCounts);
                foreach (var (_, row, token) in pages[page])
                {
                    var outcome = isExpired(number++) ? ReceiptOutcome.Expired : number % 2 == 0 ? ReceiptOutcome.Accepted : ReceiptOutcome.Rejected;
                    writer.Add(row.DeviceKey, row.Provider, outcome, outcome == ReceiptOutcome.Accepted ? null : "ServiceUnavailable");
                    counts = counts.Plus(outcome, 1);
                    if (outcome == ReceiptOutcome.Expired)
                    {
                        expired.Add(token);
                    }
                }

                var last = pages[page][^1].Row;
                await store.FanOuts.CommitPageAsync(
                    new PageCommit
                    {
                        EventKey = key,
                        AppKey = app,
                        Shard = shard.Key,
                        Advances = ProviderSet.All,
                        End = new AudienceCursor(last.SubscriberKey, last.DeviceKey),
                        IsLast = page == pages.Count - 1,
                        Receipts = writer.Write(),
                        Accounts = [new PageAccount(ProviderKind.Apns, counts, new Dictionary<string, long>(0), counts.Targeted)],
                        RecordedAt = at,
                        Ending = audience.Kind == AudienceKind.Subscribers ? new PageEnding(EventState.Completed, at) : null,
                    },
                    Stop);
            }
        }

        return expired;
    }
}
