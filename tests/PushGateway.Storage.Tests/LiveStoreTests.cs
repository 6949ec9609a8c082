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
        Assert.Equal((first - 1, first + 1, true), (page.Start, page.Newest, page.IsWhole));
        Assert.Equal([true, false, false, true, true, true, false], ((long[])[0, 1, first - 2, first - 1, first, first + 1, first + 2]).Select(page.Reaches));
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
        var first = all.Entries[0].Sequence;
        var some = await Live(store).ReadAsync(app, "a", first, 2, Stop);
        Assert.Equal([first + 1, first + 2], some.Entries.Select(entry => entry.Sequence));
        Assert.Equal((first - 1, all.Newest), (some.Start, some.Newest));
        Assert.Empty((await Live(store).ReadAsync(app, "a", long.MaxValue, 2, Stop)).Entries);
        var empty = await Live(store).ReadAsync(app, "other", 0, 10, Stop);
        Assert.Equal((0, 0, 0), (empty.Entries.Count, empty.Start, empty.Newest));
        Assert.True(empty.Reaches(0));
        Assert.False(empty.Reaches(1));
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
        Assert.Equal(page.Newest - page.Start, page.Entries.Count);
        Assert.Equal(page.Start + 1, page.Entries[0].Sequence);
        Assert.True(page.Reaches(page.Start));
        Assert.False(page.Reaches(page.Start - 1));
        Assert.False(page.Reaches(0));
    }

    [Fact]
    public async Task Expiry_AfterItsTime_TakesTheOldAndTheChannelGoesOn()
    {
        // By the test's own step, not by the worker's.
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:LiveHistoryRetention"] = "30.00:00:00");
        var app = await store.AddAppAsync();
        var first = (await AppendAsync(store, app, "a")).Sequence;
        await AppendAsync(store, app, "a");
        await AppendAsync(store, app, "b");
        store.Time.Advance(TimeSpan.FromHours(23));
        await AppendAsync(store, app, "b");
        store.Time.Advance(TimeSpan.FromHours(1));

        Assert.True(await ExpireAsync(store, 1));
        Assert.False(await ExpireAsync(store, 10));

        var page = await Live(store).ReadAsync(app, "a", 0, 10, Stop);
        Assert.Equal((0, first + 1, first + 1), (page.Entries.Count, page.Start, page.Newest));
        Assert.Single((await Live(store).ReadAsync(app, "b", 0, 10, Stop)).Entries);

        // Whoever had the last one has missed nothing, however long the channel was silent; anybody before has.
        var next = await AppendAsync(store, app, "a");
        Assert.Equal((first + 2, false), (next.Sequence, next.IsFirst));
        page = await Live(store).ReadAsync(app, "a", first + 1, 10, Stop);
        Assert.True(page.Reaches(first + 1));
        Assert.False(page.Reaches(first));
        Assert.False(page.Reaches(0));
    }

    /// <summary>The time of a message is not always that of its place: it was said before it was written, or by another gateway's clock.</summary>
    [Fact]
    public async Task Expiry_OfAMessageBehindAYoungerOne_LeavesNoHole()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:LiveHistoryRetention"] = "30.00:00:00");
        var app = await store.AddAppAsync();
        var now = store.Time.GetUtcNow();
        var first = (await AppendAsync(store, app, "a", now.AddMinutes(-2))).Sequence;
        await AppendAsync(store, app, "a", now);
        await AppendAsync(store, app, "a", now.AddMinutes(-1));
        await AppendAsync(store, app, "a", now);
        store.Time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(30));

        await ExpireAsync(store, 10);

        var page = await Live(store).ReadAsync(app, "a", first, 10, Stop);
        Assert.Equal((first + 2, first + 3), (page.Start, page.Newest));
        Assert.Equal([first + 3], page.Entries.Select(entry => entry.Sequence));
        Assert.False(page.Reaches(first));
    }

    [Fact]
    public async Task Expiry_OfTheNotesOfSilentChannels_KeepsOneForTheApp()
    {
        await using var store = await OpenAsync(settings => settings["PushGateway:Storage:LiveHistoryRetention"] = "30.00:00:00");
        var (app, other) = (await store.AddAppAsync(), await store.AddAppAsync("other"));
        var last = (await AppendAsync(store, app, "a")).Sequence;
        await AppendAsync(store, app, "b");
        store.Time.Advance(TimeSpan.FromHours(24));
        await ExpireAsync(store, 10);
        await AppendAsync(store, app, "b");
        store.Time.Advance(LiveForgetting.NotesKept + TimeSpan.FromHours(24));

        // The note of b goes with its next message, which is old by now, and so a later time; that of a is gone.
        Assert.False(await ExpireAsync(store, 10));

        Assert.Equal(2, await store.Reads.ReadAsync(session => session.Statement("SELECT COUNT(*) FROM LiveForgotten").ScalarInt64(), Stop));
        var page = await Live(store).ReadAsync(app, "a", 0, 10, Stop);
        Assert.False(page.Reaches(0));
        var fresh = await AppendAsync(store, app, "a");
        Assert.True(fresh.Sequence > last);
        Assert.False((await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Reaches(last - 1));

        // A channel that is new in this app begins behind all that may have been; in another app nothing is forgotten.
        Assert.False((await AppendAsync(store, app, "new")).IsFirst);
        Assert.True((await AppendAsync(store, other, "new")).IsFirst);
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

    /// <summary>A gateway that was down until nobody wanted it any more sends it to nobody.</summary>
    [Theory]
    [InlineData(0, 9, 1)]
    [InlineData(0, 11, 0)]
    [InlineData(60, 59, 1)]
    [InlineData(60, 61, 0)]
    public async Task MarkStartedAsync_AfterItsTtl_DoesNotGoLive(int ttlMinutes, int lateMinutes, int messages)
    {
        await using var store = await OpenAsync();
        var app = await store.AddAppAsync();
        var pushEvent = ForChannels(store, "e1", "a");
        var receipt = await store.Events.PublishAsync(
            app, pushEvent with { Options = pushEvent.Options with { SendAt = pushEvent.CreatedAt.AddHours(1), Ttl = TimeSpan.FromMinutes(ttlMinutes) } }, null, Stop);
        store.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(lateMinutes));

        await store.FanOuts.MarkStartedAsync(receipt.Event!.Key, store.Time.GetUtcNow(), Stop);

        Assert.Equal(messages, (await Live(store).ReadAsync(app, "a", 0, 10, Stop)).Entries.Count);
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

    private static Task<LiveEntry> AppendAsync(TestStore store, int app, string channel, DateTimeOffset? at = null) => Live(store).AppendAsync(
        app, new LiveMessage { Id = "m", Channel = channel, Type = "chat", SentAt = at ?? store.Time.GetUtcNow() }, Stop);

    private static Task<bool> ExpireAsync(TestStore store, int rows) => store.Writer.RunAsync(session => LiveForgetting.Expired(session, TimeSpan.FromHours(24), rows), Stop);

    private static PushEvent ForChannels(TestStore store, string id, params string[] channels) =>
        Event(id, store: store) with { Audience = new Audience(AudienceKind.Channels, channels) };
}
