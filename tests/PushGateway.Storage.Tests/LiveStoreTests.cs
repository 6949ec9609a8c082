using System.Text.Json;
using PushGateway.Core.Events;
using PushGateway.Core.Live;
using PushGateway.Storage.Live;
using PushGateway.Storage.Tests.Support;
using static PushGateway.Storage.Tests.Support.Samples;

namespace PushGateway.Storage.Tests;

/// <summary>The live history: what goes into it, in which order, and for how long.</summary>
public abstract class LiveStoreTests(TestDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task AppendAsync_OneAfterAnother_FollowWithinTheirChannel()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        List<(string Channel, long Sequence)> told = [];
        Live(store).Appended += (_, channel, entry) => told.Add((channel, entry.Sequence));
        var first = store.Time.GetUtcNow().ToUnixTimeMilliseconds();

        await AppendAsync(store, app, "a");
        store.Time.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync(store, app, "b");
        await AppendAsync(store, app, "a");

        Assert.Equal([("a", first), ("b", first + 1_000), ("a", first + 1)], told);
        var page = await Live(store).ReadAsync(app, "a", 0, 10, Stop);
        Assert.Equal((first, first + 1), (page.Oldest, page.Newest));
        Assert.Equal([first, first + 1], page.Entries.Select(entry => entry.Sequence));
        Assert.Equal(first + 1, JsonDocument.Parse(page.Entries[1].Json).RootElement.GetProperty("sequence").GetInt64());
    }

    /// <summary>Whoever may rely on <see cref="ILiveStore.Appended"/> alone is told by this.</summary>
    [Fact]
    public async Task IsShared_IsWhatTheDatabaseIs()
    {
        await using var store = await OpenAsync();
        Assert.Equal(Database.Provider == "PostgreSql", Live(store).IsShared);
    }

    [Fact]
    public async Task ReadAsync_BehindACursor_GivesSoMany()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        for (var number = 0; number < 5; number++)
        {
            await AppendAsync(store, app, "a");
        }

        var all = await Live(store).ReadAsync(app, "a", 0, 10, Stop);
        var some = await Live(store).ReadAsync(app, "a", all.Oldest, 2, Stop);
        Assert.Equal([all.Oldest + 1, all.Oldest + 2], some.Entries.Select(entry => entry.Sequence));
        Assert.Equal((all.Oldest, all.Newest), (some.Oldest, some.Newest));
        Assert.Empty((await Live(store).ReadAsync(app, "a", long.MaxValue, 2, Stop)).Entries);
        var empty = await Live(store).ReadAsync(app, "other", 0, 10, Stop);
        Assert.Equal((0, 0, 0), (empty.Entries.Count, empty.Oldest, empty.Newest));
    }

    [Fact]
    public async Task Append_MoreThanAreKept_ForgetsTheOldest()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:LiveHistoryMessages"] = "10");
        var app = await store.AddAppAsync();
        for (var number = 0; number < 150; number++)
        {
            await AppendAsync(store, app, "a");
        }

        var page = await Live(store).ReadAsync(app, "a", 0, 1_000, Stop);
        Assert.InRange(page.Entries.Count, 10, 10 + 63);
        Assert.Equal(page.Newest, page.Entries[^1].Sequence);
        Assert.Equal(page.Newest - page.Oldest + 1, page.Entries.Count);
    }

    [Fact]
    public async Task Expiry_AfterItsTime_TakesTheOldAndNothingFollowsOnThem()
    {
        // By the test's own step, not by the worker's.
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:LiveHistoryRetention"] = "30.00:00:00");
        var app = await store.AddAppAsync();
        await AppendAsync(store, app, "a");
        await AppendAsync(store, app, "b");
        store.Time.Advance(TimeSpan.FromHours(23));
        await AppendAsync(store, app, "b");
        store.Time.Advance(TimeSpan.FromHours(1));
        var last = (await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Newest;

        Assert.True(await store.Writer.RunAsync(session => LiveExpiry.Run(session, TimeSpan.FromHours(24), 1), Stop));
        Assert.False(await store.Writer.RunAsync(session => LiveExpiry.Run(session, TimeSpan.FromHours(24), 10), Stop));

        Assert.Empty((await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Entries);
        Assert.Single((await Live(store).ReadAsync(app, "b", 0, 10, Stop)).Entries);
        await AppendAsync(store, app, "a");
        var page = await Live(store).ReadAsync(app, "a", 0, 10, Stop);
        Assert.False(page.Reaches(last));
        Assert.True(page.Newest > last + 1);
    }

    [Fact]
    public async Task PublishAsync_ForChannels_IsInTheHistoryOfEach()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var key = new IdempotencyKey("k", new byte[32]);

        await store.Events.PublishAsync(app, ForChannels(store, "e1", "a", "b"), key, Stop);
        await store.Events.PublishAsync(app, ForChannels(store, "e1", "a", "b"), key, Stop);

        foreach (var channel in new[] { "a", "b" })
        {
            var message = JsonDocument.Parse(Assert.Single((await Live(store).ReadAsync(app, channel, 0, 10, Stop)).Entries).Json).RootElement;
            Assert.Equal(("e1", channel), (message.GetProperty("id").GetString(), message.GetProperty("channel").GetString()));
        }
    }

    [Fact]
    public async Task PublishAsync_HistoryTakesNothing_PublishesNothing()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        await store.Writer.RunAsync(session => session.Execute(Database.RefuseInserts("LiveMessages")), Stop);

        await Assert.ThrowsAnyAsync<Exception>(() => store.Events.PublishAsync(app, ForChannels(store, "e1", "a"), null, Stop));
        Assert.Null(await store.Events.FindAsync(app, "e1", Stop));

        await store.Writer.RunAsync(session => session.Execute(Database.AllowInserts("LiveMessages")), Stop);
        await store.Events.PublishAsync(app, ForChannels(store, "e1", "a"), null, Stop);
        Assert.Single((await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Entries);
    }

    [Fact]
    public async Task MarkStartedAsync_Scheduled_GoesLiveOnce()
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var pushEvent = ForChannels(store, "e1", "a");
        var receipt = await store.Events.PublishAsync(
            app, pushEvent with { Options = pushEvent.Options with { SendAt = pushEvent.CreatedAt.AddHours(1) } }, null, Stop);
        Assert.Empty((await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Entries);

        store.Time.Advance(TimeSpan.FromHours(1));
        await store.FanOuts.MarkStartedAsync(receipt.Event!.Key, store.Time.GetUtcNow(), Stop);
        await store.FanOuts.MarkStartedAsync(receipt.Event.Key, store.Time.GetUtcNow(), Stop);
        await store.FanOuts.CompleteAsync(receipt.Event.Key, EventState.Completed, store.Time.GetUtcNow(), Stop);

        Assert.Single((await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Entries);
    }

    [Theory]
    [InlineData(EventState.Completed, 1)]
    [InlineData(EventState.Expired, 0)]
    [InlineData(EventState.Cancelled, 0)]
    public async Task CompleteAsync_ScheduledThatNobodyStarted_GoesLiveOnlyWhenItWasSent(EventState state, int messages)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var pushEvent = ForChannels(store, "e1", "a");
        var receipt = await store.Events.PublishAsync(
            app, pushEvent with { Options = pushEvent.Options with { SendAt = pushEvent.CreatedAt.AddHours(1) } }, null, Stop);
        if (state == EventState.Cancelled)
        {
            await store.Events.ControlAsync(app, "e1", EventControl.Cancel, Stop);
            await store.FanOuts.MarkStartedAsync(receipt.Event!.Key, store.Time.GetUtcNow(), Stop);
        }

        await store.FanOuts.CompleteAsync(receipt.Event!.Key, state, store.Time.GetUtcNow(), Stop);

        Assert.Equal(messages, (await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Entries.Count);
    }

    private static ILiveStore Live(TestStore store) => store.Get<ILiveStore>();

    private static Task<LiveEntry> AppendAsync(TestStore store, int app, string channel) => Live(store).AppendAsync(
        app, new LiveMessage { Id = "m", Channel = channel, Type = "chat", SentAt = store.Time.GetUtcNow() }, Stop);

    private static PushEvent ForChannels(TestStore store, string id, params string[] channels) =>
        Event(id, store: store) with { Audience = new Audience(AudienceKind.Channels, channels) };
}
