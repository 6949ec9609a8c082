using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Sqlite.Audiences;
using PushGateway.Storage.Sqlite.FanOut;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public sealed class AudienceStoreTests
{
    [Fact]
    public async Task ReadPageAsync_SelectiveFilter_EndsPagesBeforeTheyAreFull()
    {
        await using var store = await TestStore.OpenAsync();
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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1_000)]
    public async Task ReadPageAsync_ManySubscribersWithoutDevices_StillGetsOn(int capacity)
    {
        await using var store = await TestStore.OpenAsync(settings => settings["PushGateway:Storage:LookedAtPerRow"] = "2");
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
        await using var store = await TestStore.OpenAsync();
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

    [Fact]
    public async Task ReadPageAsync_Variants_FollowTheDevicesLocale()
    {
        await using var store = await TestStore.OpenAsync();
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("d1") with { Locale = "es-mx" }, Stop);
        await store.Devices.RegisterAsync(app, Device("d2") with { Locale = "fr" }, Stop);
        await store.Devices.RegisterAsync(app, Device("d3"), Stop);

        var read = await store.ReadAllAsync(Query(app, Audience.All) with { Variants = new LocaleVariants(["de", "es"]) });

        Assert.Equal([("token-of-d1", 2), ("token-of-d2", 0), ("token-of-d3", 0)], read.Select(row => (row.Token, row.Row.Variant)).Order());
    }

    [Fact]
    public async Task AudienceSql_EveryStatement_WalksIndexesWithoutSorting()
    {
        await using var store = await TestStore.OpenAsync();
        string[] statements =
        [
            AudienceSql.AllDevices, AudienceSql.OneChannel, AudienceSql.OneSubscriber, AudienceSql.OneDevice,
            AudienceSql.MergedChannels(1, 0), AudienceSql.MergedChannels(2, 0), AudienceSql.MergedChannels(17, 1), AudienceSql.MergedChannels(256, 3),
            DeferredReader.Due, DeferredReader.FirstDue, DeferredReader.FirstWait, Waiting.Due, SqliteFanOutStore.Unfinished,
            .. WaitingFeedback.All,
        ];
        foreach (var sql in statements)
        {
            var plan = await store.Reads.ReadAsync(
                session =>
                {
                    using var command = session.Connection.CreateCommand();
                    command.CommandText = "EXPLAIN QUERY PLAN " + sql;
                    using var reader = command.ExecuteReader();
                    var lines = new List<string>();
                    while (reader.Read())
                    {
                        lines.Add(reader.GetString(3));
                    }

                    return lines;
                },
                Stop);
            var text = string.Join('\n', plan);
            Assert.DoesNotContain("TEMP B-TREE", text, StringComparison.Ordinal);
            Assert.DoesNotContain(plan, line => line.StartsWith("SCAN", StringComparison.Ordinal) && !line.StartsWith("SCAN e", StringComparison.Ordinal));
            Assert.Contains("SEARCH", text, StringComparison.Ordinal);
        }
    }
}
