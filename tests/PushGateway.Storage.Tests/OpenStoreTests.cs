using PushGateway.Core.Engagement;
using PushGateway.Core.Events;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

public abstract class OpenStoreTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task Record_AgainAndAgain_CountsEachDeviceOnceForEachEvent()
    {
        await using var store = await OpenAsync();
        var (app, opens) = (await AddAsync(store), store.Get<IOpenStore>());

        Assert.Equal(
            [OpenStatus.Counted, OpenStatus.Counted, OpenStatus.Repeated, OpenStatus.Counted, OpenStatus.UnknownDevice, OpenStatus.UnknownEvent],
            await opens.RecordAsync(app, null, [new("one", "a1"), new("one", "b1"), new("one", "a1"), new("two", "a1"), new("one", "nobody"), new("none", "a1")], Stop));
        Assert.Equal([OpenStatus.Repeated, OpenStatus.Counted], await opens.RecordAsync(app, null, [new("one", "a1"), new("one", "a2")], Stop));

        Assert.Equal(3, (await store.Events.FindAsync(app, "one", Stop))!.Opened);
        Assert.Equal([("two", 1L), ("one", 3L)], (await store.Events.ListAsync(app, null, 10, Stop)).Select(record => (record.Event.Id, record.Opened)));
        Assert.Equal(0, (await store.Events.FindAsync(app, "one", Stop))!.Account.Counts.Targeted);
    }

    [Fact]
    public async Task Record_ForASubscriber_CountsItsOwnDevicesOnly()
    {
        await using var store = await OpenAsync();
        var (app, other) = (await AddAsync(store), await store.AddAppAsync("other"));
        await store.Devices.RegisterAsync(other, Device("a1", "ana"), Stop);
        var opens = store.Get<IOpenStore>();

        Assert.Equal([OpenStatus.Counted, OpenStatus.UnknownDevice], await opens.RecordAsync(app, "ana", [new("one", "a1"), new("one", "b1")], Stop));
        Assert.Equal([OpenStatus.UnknownEvent], await opens.RecordAsync(other, "ana", [new("one", "a1")], Stop));
        Assert.Equal(1, (await store.Events.FindAsync(app, "one", Stop))!.Opened);
    }

    [Fact]
    public async Task Retention_OneRowAtATime_RemovesThemWithTheEvent()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:Retention"] = "3653.00:00:00");
        var app = await AddAsync(store);
        await store.Events.PublishAsync(app, Event("empty", Channels("nobody"), store: store), null, Stop);
        await store.Get<IOpenStore>().RecordAsync(app, null, [new("empty", "a1"), new("empty", "a2"), new("empty", "b1"), new("two", "a1")], Stop);
        var empty = (await store.Events.FindAsync(app, "empty", Stop))!;
        Assert.False(await store.Events.ForgetAsync(empty.Key, Stop));
        await store.FanOuts.CompleteAsync(empty.Key, EventState.Completed, store.Time.GetUtcNow(), Stop);
        Assert.True(await store.Events.ForgetAsync(empty.Key, Stop));
        Assert.Null(await store.Events.FindAsync(app, "empty", Stop));

        while (await store.Writer.RunAsync(session => RetentionStep.Run(session, TimeSpan.FromDays(30), TimeSpan.FromDays(7), 1), Stop))
        {
        }

        Assert.Equal((2, 1, 1), (await CountAsync(store, "Events"), await CountAsync(store, "OpenedDevices"), await CountAsync(store, "EventOpens")));
        Assert.Equal(1, (await store.Events.FindAsync(app, "two", Stop))!.Opened);

        await store.Apps.DeleteAsync("app", Stop);
        await store.Get<AppPurger>().PurgeAsync(Stop);
        Assert.Equal((0, 0, 0), (await CountAsync(store, "Events"), await CountAsync(store, "OpenedDevices"), await CountAsync(store, "EventOpens")));
    }

    private static async Task<int> AddAsync(TestStore store)
    {
        var app = await store.AddAppAsync();
        await store.Devices.RegisterAsync(app, Device("a1", "ana"), Stop);
        await store.Devices.RegisterAsync(app, Device("a2", "ana"), Stop);
        await store.Devices.RegisterAsync(app, Device("b1", "ben"), Stop);
        await store.Events.PublishAsync(app, Event("one", store: store), null, Stop);
        await store.Events.PublishAsync(app, Event("two", store: store), null, Stop);
        return app;
    }

    private static async Task<long> CountAsync(TestStore store, string table) =>
        await store.Reads.ReadAsync(session => session.Statement($"SELECT count(*) FROM {table}").ScalarInt64() ?? 0, Stop);
}
