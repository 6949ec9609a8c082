using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class AudienceStoreTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task ReadPageAsync_SelectiveFilter_EndsPagesBeforeTheyAreFull()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var lines = Enumerable.Range(0, 100).Select(number => new DeviceImport(Device($"d{number}", "anna") with { Locale = number == 99 ? "de" : "en" }, []));
        await store.Devices.ImportAsync(app, [.. lines], Stop);
        var page = new AudiencePage(2);

        await store.Audiences.ReadPageAsync(
            Query(app, Audience.All, new AudienceFilter { Locales = ["de"] }), Shard.Of("anna"), ProviderSet.All, default, page, Stop);

        Assert.Equal(0, page.Count);
        Assert.False(page.IsLast);
        Assert.NotEqual(default, page.End);
        Assert.Single(await store.ReadAllAsync(Query(app, Audience.All, new AudienceFilter { Locales = ["de"] }), capacity: 2));
    }

    [Fact]
    public async Task ReadPageAsync_NamedDeviceThatHasMovedToAnotherShard_IsFoundThereAfterTenSeconds()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var (from, to) = ("anna", Enumerable.Range(0, 100).Select(number => $"s{number}").First(id => Shard.Of(id) != Shard.Of("anna")));
        await store.Devices.ImportAsync(app, [new DeviceImport(Device("moving", from), []), new DeviceImport(Device("staying", from), [])], Stop);
        var query = Query(app, new Audience(AudienceKind.Devices, ["moving", "unknown", "staying"]));
        Assert.Equal(2, (await store.ReadAllAsync(query, capacity: 1)).Count);

        await store.Devices.RegisterAsync(app, Device("moving", to), Stop);
        store.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(2, (await store.ReadAllAsync(query, capacity: 1)).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1_000)]
    public async Task ReadPageAsync_ManySubscribersWithoutDevices_StillGetsOn(int capacity)
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:LookedAtPerRow"] = "2");
        var app = await store.AddAppAsync();
        var subscribers = Enumerable.Range(0, 4_000).Select(number => $"s{number}").Where(id => Shard.Of(id) == 7).ToList();
        foreach (var subscriber in subscribers)
        {
            await store.Devices.SubscribeAsync(app, "c1", subscriber, Stop);
            await store.Devices.SubscribeAsync(app, "c2", subscriber, Stop);
        }

        await store.Devices.RegisterAsync(app, Device("last", subscribers[^1]), Stop);

        foreach (var audience in new[] { Channels("c1"), Channels("c1", "c2"), new Audience(AudienceKind.Subscribers, subscribers) })
        {
            Assert.Single(await store.ReadAllAsync(Query(app, audience), capacity));
        }
    }

    [Fact]
    public async Task ReadPageAsync_AsManyChannelsAsAnEventMayName_ReadsEachDeviceOnce()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var channels = Enumerable.Range(0, Audience.MaxIds).Select(number => $"c{number}").ToArray();
        var lines = Enumerable.Range(0, 600).Select(number => new DeviceImport(
            Device($"d{number}"), [.. Enumerable.Range(0, 5).Select(offset => channels[(number * 7 + (offset * 211)) % channels.Length]).Distinct()]));
        await store.Devices.ImportAsync(app, [.. lines], Stop);

        foreach (var count in new[] { 2, 3, 255, 256, 257, 1_000 })
        {
            var named = channels[..count];
            var expected = lines.Count(line => line.Channels.Any(named.Contains));
            var read = await store.ReadAllAsync(Query(app, Channels(named)), capacity: 37);
            Assert.Equal(expected, read.Count);
            Assert.Equal(expected, read.Select(row => row.Row.DeviceKey).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(500)]
    public async Task ReadPageAsync_ConditionOnSoManyChannels_IsReadByWalksOrByLists(int channels)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var names = Enumerable.Range(0, channels).Select(number => $"c{number}").ToArray();
        var lines = Enumerable.Range(0, 900).Select(number => new DeviceImport(Device($"d{number}"), [.. names.Where((_, channel) => (number + channel) % 7 == 0 || channel == 0)])).ToArray();
        await store.Devices.ImportAsync(app, lines, Stop);

        var condition = $"'c0' in channels && !({string.Join(" || ", names.Skip(1).Select(name => $"'{name}' in channels"))})";
        var read = await store.ReadAllAsync(Query(app, Condition(condition)), capacity: 11);

        // Those whose only channel is c0: none once seven consecutive channels are named.
        Assert.Equal(lines.Count(line => line.Channels.Count == 1), read.Count);
        var absent = await store.ReadAllAsync(Query(app, Condition(string.Join(" && ", names.Skip(1).Select(name => $"!('{name}' in channels)")))), capacity: 11);
        Assert.Equal(read.Select(row => row.Token), absent.Select(row => row.Token));
    }

    [Theory]
    [InlineData("'c1' in channels && !('c2' in channels)")]
    [InlineData("!('c1' in channels)")]
    [InlineData("('c1' in channels || 'c2' in channels) && !('c1' in channels && 'c2' in channels)")]
    public async Task ReadPageAsync_ConditionThatHoldsForNearlyNobody_EndsPagesBeforeTheyAreFull(string condition)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var subscribers = Enumerable.Range(0, 9_000).Select(number => $"s{number}").Where(id => Shard.Of(id) == 7).ToList();
        await store.Devices.ImportAsync(app, [.. subscribers.Select(id => new DeviceImport(Device($"of-{id}", id), ["c1", "c2"]))], Stop);
        await store.Devices.UnsubscribeAsync(app, condition[0] == '!' ? "c1" : "c2", subscribers[^1], Stop);
        var page = new AudiencePage(2);

        await store.Audiences.ReadPageAsync(Query(app, Condition(condition)), 7, ProviderSet.All, default, page, Stop);

        Assert.Equal((0, false), (page.Count, page.IsLast));
        Assert.NotEqual(default, page.End);
        Assert.Single(await store.ReadAllAsync(Query(app, Condition(condition)), capacity: 2));
    }

    [Fact]
    public async Task CountAsync_OfAnyAudience_CountsDevicesByProviderAndSubscribersOnce()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(
            app,
            [.. Enumerable.Range(0, 5_000).Select(number => new DeviceImport(
                Device($"d{number}", $"s{number / 5}", provider: number % 3 == 0 ? ProviderKind.Fcm : ProviderKind.Apns), number % 10 == 0 ? ["ten"] : []))],
            Stop);

        var count = await new AudienceCounter(store.Audiences).CountAsync(Query(app, Condition("!('ten' in channels)")), Stop);

        // Of two subscribers with five devices each, one is in the channel.
        Assert.Equal(500, count.Subscribers);
        var counted = Enumerable.Range(0, 5_000).Where(number => number / 5 % 2 == 1).ToArray();
        Assert.Equal([counted.Count(number => number % 3 != 0), counted.Count(number => number % 3 == 0)], count.Devices);
    }

    [Fact]
    public async Task CountAsync_Cancelled_EndsWithoutReadingOn()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.ImportAsync(app, [.. Enumerable.Range(0, 200).Select(number => new DeviceImport(Device($"d{number}"), []))], Stop);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var reads = 0;
        var audiences = new Interrupting(store.Audiences, () =>
        {
            if (++reads == 3)
            {
                cancel.Cancel();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new AudienceCounter(audiences).CountAsync(Query(app, Audience.All), cancel.Token));
        Assert.Equal(3, reads);
    }

    [Fact]
    public async Task ReadPageAsync_Variants_FollowTheDevicesLocale()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d1") with { Locale = "es-mx" }, Stop);
        await store.Devices.RegisterAsync(app, Device("d2") with { Locale = "fr" }, Stop);
        await store.Devices.RegisterAsync(app, Device("d3"), Stop);

        var read = await store.ReadAllAsync(Query(app, Audience.All) with { Variants = new LocaleVariants(["de", "es"]) });

        Assert.Equal([("token-of-d1", 2), ("token-of-d2", 0), ("token-of-d3", 0)], read.Select(row => (row.Token, row.Row.Variant)).Order());
    }

    private sealed class Interrupting(IAudienceStore inner, Action afterRead) : IAudienceStore
    {
        public async ValueTask ReadPageAsync(
            AudienceQuery query, int shard, ProviderSet providers, AudienceCursor after, AudiencePage page, CancellationToken cancellationToken)
        {
            await inner.ReadPageAsync(query, shard, providers, after, page, cancellationToken);
            afterRead();
        }
    }
}
