using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Live;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>Who has confirmed a live message: what is recorded, for how long, and what pages are told of it.</summary>
public abstract class LiveConfirmationStoreTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task Confirm_DevicesAndSubscribers_AreReadByTheirShardAlone()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        var eventKey = (await store.Events.FindAsync(app, "first", Stop))!.Key;

        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(store, app, "first", "ana", "a2"));
        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(store, app, "first", "ana", "a2"));
        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(store, app, "first", "ben", null));
        Assert.Equal(ConfirmStatus.UnknownDevice, await ConfirmAsync(store, app, "first", "ana", "a1", "b1"));
        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(store, app, "first", "nobody", null));

        var (ana, ben) = (await ReadAsync(store, eventKey, "ana"), await ReadAsync(store, eventKey, "ben"));
        Assert.NotEqual(0, Assert.Single(ana).DeviceKey);
        Assert.Equal(0, Assert.Single(ben).DeviceKey);
        Assert.Equal(2, await CountAsync(store, "LiveConfirmations"));
        Assert.Empty(await store.FanOuts.ReadConfirmedAsync(eventKey, Shard.Of("ana"), ana.Single().SubscriberKey + 1, long.MaxValue, Stop));
        Assert.Empty(await store.FanOuts.ReadConfirmedAsync(eventKey + 1, Shard.Of("ana"), 0, long.MaxValue, Stop));
    }

    [Fact]
    public async Task Confirm_OfWhatDoesNotWait_RecordsNothing()
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        var other = await store.AddAppAsync("other");
        await store.Events.PublishAsync(app, Event("plain", Channels("news"), store: store), null, Stop);

        Assert.Equal(ConfirmStatus.NotAwaited, await ConfirmAsync(store, app, "plain", "ana", null));
        Assert.Equal(ConfirmStatus.UnknownEvent, await ConfirmAsync(store, app, "none", "ana", null));
        Assert.Equal(ConfirmStatus.UnknownEvent, await ConfirmAsync(store, other, "first", "ana", null));
        Assert.Equal(0, await CountAsync(store, "LiveConfirmations"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Confirmations_GoWithTheirEvent(bool isAppDeleted)
    {
        await using var store = await OpenAsync();
        var app = await AddAsync(store);
        await ConfirmAsync(store, app, "first", "ana", null);
        await ConfirmAsync(store, app, "first", null, "b1");
        Assert.Equal(2, await CountAsync(store, "LiveConfirmations"));

        if (isAppDeleted)
        {
            await store.Apps.DeleteAsync("app", Stop);
            await store.Get<AppPurger>().PurgeAsync(Stop);
        }
        else
        {
            var record = (await store.Events.FindAsync(app, "first", Stop))!;
            await store.Writer.RunAsync(
                session => session.Statement("UPDATE Events SET State = 3, CompletedAtMs = ?2 WHERE EventKey = ?1").Bind(1, record.Key).Bind(2, session.NowMs).Execute(), Stop);
            Assert.Equal(ConfirmStatus.Late, await ConfirmAsync(store, app, "first", "ben", null));
            Assert.Equal(2, await CountAsync(store, "LiveConfirmations"));
            store.Time.Advance(TimeSpan.FromDays(31));
            while (await store.Writer.RunAsync(session => RetentionStep.Run(session, TimeSpan.FromDays(30), TimeSpan.FromDays(7), 1), Stop))
            {
            }
        }

        Assert.Equal((0, 0), (await CountAsync(store, "Events"), await CountAsync(store, "LiveConfirmations")));
    }

    private static async Task<int> AddAsync(TestStore store)
    {
        var app = await store.AddAppAsync();
        foreach (var (device, subscriber) in new[] { ("a1", "ana"), ("a2", "ana"), ("b1", "ben") })
        {
            await store.Devices.RegisterAsync(app, Device(device, subscriber), Stop);
            await store.Devices.SubscribeAsync(app, "news", subscriber, Stop);
        }

        await store.Events.PublishAsync(app, Event("first", Channels("news"), store: store) with { Options = new EventOptions { Live = LiveMode.First } }, null, Stop);
        return app;
    }

    private static Task<ConfirmStatus> ConfirmAsync(TestStore store, int app, string eventId, string? subscriber, params string[]? devices) =>
        store.Get<ILiveConfirmationStore>().ConfirmAsync(app, eventId, subscriber, devices, Stop);

    private static async Task<IReadOnlySet<AudienceCursor>> ReadAsync(TestStore store, long eventKey, string subscriber) =>
        await store.FanOuts.ReadConfirmedAsync(eventKey, Shard.Of(subscriber), 0, long.MaxValue, Stop);

    private static async Task<long> CountAsync(TestStore store, string table) =>
        await store.Reads.ReadAsync(session => session.Statement($"SELECT count(*) FROM {table}").ScalarInt64() ?? 0, Stop);
}
