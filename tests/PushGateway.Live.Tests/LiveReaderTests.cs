using System.Diagnostics.Metrics;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core;

namespace PushGateway.Live.Tests;

/// <summary>What a live subscriber reads, whatever happens around it.</summary>
public sealed class LiveReaderTests
{
    private const int App = 1;
    private const string Channel = "news";

    private readonly MemoryLiveStore _store = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_NothingThere_WaitsForTheNextMessage()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        Assert.True(await reader.OpenAsync(null, Cancelled));
        List<LiveFrame> frames = [];

        var reading = reader.ReadAsync(frames, 10, TimeSpan.FromSeconds(20), Cancelled).AsTask();
        Assert.False(reading.IsCompleted);
        var entry = _store.Append(App, Channel);

        Assert.Equal(LiveRead.Messages, await reading);
        Assert.Equal(entry.Sequence, Assert.Single(frames).Sequence);
    }

    [Fact]
    public async Task Read_NothingComes_SaysSoAfterTheWait()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);

        var reading = reader.ReadAsync([], 10, TimeSpan.FromSeconds(20), Cancelled).AsTask();
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(reading.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(LiveRead.Nothing, await reading);
    }

    [Fact]
    public async Task Read_OtherChannelsAndApps_AreNotHeard()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        _store.Append(App, "other");
        _store.Append(App + 1, Channel);

        Assert.Equal(LiveRead.Nothing, await reader.ReadAsync([], 10, TimeSpan.Zero, Cancelled));
    }

    /// <summary>As of another gateway, whose message is older and is heard of later.</summary>
    [Fact]
    public async Task Read_MessagesHeardInAnotherOrder_AreReadInTheirOwnAndOnce()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        List<LiveFrame> frames = [];

        var others = _store.Append(App, Channel, isHeard: false);
        var own = _store.Append(App, Channel);
        Assert.Equal(LiveRead.Messages, await reader.ReadAsync(frames, 10, TimeSpan.Zero, Cancelled));
        Assert.Equal([others.Sequence, own.Sequence], frames.Select(frame => frame.Sequence));

        _store.Hear(App, Channel, others);
        Assert.Equal(LiveRead.Nothing, await reader.ReadAsync(frames, 10, TimeSpan.Zero, Cancelled));
    }

    [Fact]
    public async Task Read_MessagesNeverHeardOf_AreReadOnceItIsKnownThatSomethingWasMissed()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        List<LiveFrame> frames = [];
        var reading = reader.ReadAsync(frames, 10, TimeSpan.FromSeconds(20), Cancelled).AsTask();
        var first = _store.Append(App, Channel, isHeard: false);
        var second = _store.Append(App, Channel, isHeard: false);
        Assert.False(reading.IsCompleted);

        _store.Miss();

        Assert.Equal(LiveRead.Messages, await reading.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
        Assert.Equal([first.Sequence, second.Sequence], frames.Select(frame => frame.Sequence));
        Assert.True(_store.Followed!(App, Channel));
        Assert.False(_store.Followed!(App, "other"));
    }

    [Fact]
    public async Task Read_FurtherBehindThanMemoryReaches_CatchesUpFromTheHistory()
    {
        using var hub = CreateHub(recent: 4);
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        for (var number = 0; number < 50; number++)
        {
            _store.Append(App, Channel);
        }

        Assert.Equal(Enumerable.Range(1_000, 50).Select(sequence => (long)sequence), await DrainAsync(reader, limit: 7));
    }

    [Fact]
    public async Task Read_NearTheNewest_NeedsNoHistory()
    {
        using var hub = CreateHub(recent: 4);
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        var before = _store.Reads;
        for (var number = 0; number < 20; number++)
        {
            _store.Append(App, Channel);
            await DrainAsync(reader, limit: 7);
        }

        Assert.Equal(before, _store.Reads);
    }

    [Fact]
    public async Task Open_HasTheNewest_NeedsNoHistoryWhereNobodyElseAppends()
    {
        var store = new MemoryLiveStore { IsShared = false };
        using var hub = CreateHub(store: store);
        using var follower = hub.TryFollow(App, Channel)!;
        Assert.True(await follower.OpenAsync(null, Cancelled));
        var before = store.Reads;
        for (var number = 0; number < 100; number++)
        {
            var newest = store.Append(App, Channel).Sequence;
            Assert.Equal([], await PollAsync(hub, newest));
            Assert.Equal([], await PollAsync(hub, null));
        }

        Assert.Equal(before, store.Reads);

        // One message is new, and a cursor from elsewhere is known by the history only.
        Assert.Equal([1_099], await PollAsync(hub, 1_098));
        using var lost = hub.TryFollow(App, Channel)!;
        Assert.False(await lost.OpenAsync(1_100, Cancelled));
        Assert.Equal(before + 2, store.Reads);
    }

    /// <summary>What another gateway has appended may be heard of later, or only when it is known that something was missed.</summary>
    [Fact]
    public async Task Open_HasTheNewestHeardOfInASharedStore_GetsWhatWasNotHeardOf()
    {
        using var hub = CreateHub();
        using var follower = hub.TryFollow(App, Channel)!;
        await follower.OpenAsync(null, Cancelled);
        var heard = _store.Append(App, Channel).Sequence;
        var others = _store.Append(App, Channel, isHeard: false).Sequence;

        Assert.Equal([others], await PollAsync(hub, heard));
    }

    [Theory]
    [InlineData(1_004, true)]
    [InlineData(1_009, true)]
    [InlineData(1_003, false)]
    [InlineData(0, false)]
    [InlineData(1_010, false)]
    [InlineData(5_000, false)]
    public async Task Open_SomewhereInTheHistory_TellsWhetherItReachesBack(long since, bool isRecovered)
    {
        for (var number = 0; number < 10; number++)
        {
            _store.Append(App, Channel);
        }

        _store.Cut(App, Channel, keep: 5);
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;

        Assert.Equal(isRecovered, await reader.OpenAsync(since, Cancelled));
        var expected = isRecovered ? since + 1 : 1_005;
        Assert.Equal(Enumerable.Range((int)expected, (int)(1_010 - expected)).Select(sequence => (long)sequence), await DrainAsync(reader, 100));
    }

    [Fact]
    public async Task Open_EmptyHistory_IsAtTheBeginningAndNotWhereTheClientWas()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;

        Assert.False(await reader.OpenAsync(1_234, Cancelled));
        _store.Append(App, Channel, first: 9_000);
        Assert.Equal([9_000], await DrainAsync(reader, 10));
    }

    /// <summary>It had nothing because there was nothing.</summary>
    [Fact]
    public async Task Open_CameBeforeTheFirstMessage_HasMissedNothing()
    {
        using var hub = CreateHub();
        using (var before = hub.TryFollow(App, Channel)!)
        {
            Assert.True(await before.OpenAsync(null, Cancelled));
            Assert.Equal(0, before.Cursor);
        }

        using var empty = hub.TryFollow(App, Channel)!;
        Assert.True(await empty.OpenAsync(0, Cancelled));
        _store.Append(App, Channel);
        _store.Append(App, Channel);
        using var other = hub.TryFollow(App, Channel)!;
        Assert.False(await other.OpenAsync(17, Cancelled));
        Assert.Equal([1_000, 1_001], await DrainAsync(other, 10));
        using var after = hub.TryFollow(App, Channel)!;
        Assert.True(await after.OpenAsync(0, Cancelled));
        Assert.Equal([1_000, 1_001], await DrainAsync(after, 10));
        Assert.Equal([1_000, 1_001], await DrainAsync(empty, 10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_SilentUntilTheHistoryWasGone_MissesNothing(bool hasLeft)
    {
        using var hub = CreateHub();
        var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        _store.Append(App, Channel);
        Assert.Equal([1_000], await DrainAsync(reader, 10));
        _store.Cut(App, Channel, keep: 0);
        if (hasLeft)
        {
            reader.Dispose();
            reader = hub.TryFollow(App, Channel)!;
            Assert.True(await reader.OpenAsync(1_000, Cancelled));
        }

        _store.Append(App, Channel);

        Assert.Equal([1_001], await DrainAsync(reader, 10));
        reader.Dispose();
    }

    [Fact]
    public async Task Read_HistoryCutBeforeItWasRead_TellsOfTheGap()
    {
        using var hub = CreateHub(recent: 2);
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        for (var number = 0; number < 10; number++)
        {
            _store.Append(App, Channel);
        }

        _store.Cut(App, Channel, keep: 3);
        List<LiveFrame> frames = [];

        Assert.Equal(LiveRead.Gap, await reader.ReadAsync(frames, 10, TimeSpan.Zero, Cancelled));
        Assert.Equal([1_007, 1_008, 1_009], frames.Select(frame => frame.Sequence));
    }

    [Fact]
    public async Task Read_HistoryGone_TellsOfTheGapAndGoesOnWithTheNext()
    {
        using var hub = CreateHub(recent: 2);
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        for (var number = 0; number < 10; number++)
        {
            _store.Append(App, Channel);
        }

        _store.Cut(App, Channel, keep: 0);
        Assert.Equal(LiveRead.Gap, await reader.ReadAsync([], 10, TimeSpan.Zero, Cancelled));
        _store.Append(App, Channel, first: 1_010);
        Assert.Equal([1_010], await DrainAsync(reader, 10));
    }

    [Fact]
    public async Task Read_StoreDown_KeepsThePlace()
    {
        using var hub = CreateHub(recent: 1);
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        _store.Append(App, Channel);
        _store.Append(App, Channel);
        _store.IsDown = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => reader.ReadAsync([], 10, TimeSpan.Zero, Cancelled).AsTask());

        _store.IsDown = false;
        Assert.Equal([1_000, 1_001], await DrainAsync(reader, 10));
    }

    [Fact]
    public void TryFollow_MoreThanTheLimit_IsRefusedUntilOneLeaves()
    {
        using var hub = CreateHub(max: 2);
        var first = hub.TryFollow(App, Channel)!;
        using var second = hub.TryFollow(App, "other");
        Assert.Null(hub.TryFollow(App, Channel));

        first.Dispose();
        first.Dispose();
        Assert.Equal(1, hub.Subscribers);
        using var third = hub.TryFollow(App, Channel);
        Assert.NotNull(third);
    }

    [Fact]
    public async Task Join_MembersComeAndGo_OthersAreWokenOnce()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        Assert.True(reader.Join("anna", 2));
        Assert.True(hub.TryFollow(App, Channel)!.Join("anna", 2));
        Assert.Equal(1, reader.PresenceVersion);
        Assert.Equal(["anna"], reader.ReadPresence().Members);

        var reading = reader.ReadAsync([], 10, TimeSpan.FromHours(1), Cancelled).AsTask();
        var ben = hub.TryFollow(App, Channel)!;
        Assert.True(ben.Join("ben", 2));
        Assert.Equal(LiveRead.Nothing, await reading);
        Assert.Equal(["anna", "ben"], reader.ReadPresence().Members);
        Assert.False(hub.TryFollow(App, Channel)!.Join("cleo", 2));

        ben.Dispose();
        Assert.Equal(3, reader.PresenceVersion);
        Assert.Equal(["anna"], reader.ReadPresence().Members);
    }

    /// <summary>Who is there is the members' business: for a client that polls it would be the end of its poll, and one that comes and goes would have everybody written to.</summary>
    [Fact]
    public async Task Join_MembersComeAndGo_WakesNobodyElse()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        List<LiveFrame> frames = [];
        var reading = reader.ReadAsync(frames, 10, TimeSpan.FromSeconds(20), Cancelled).AsTask();
        for (var number = 0; number < 3; number++)
        {
            using var anna = hub.TryFollow(App, Channel)!;
            Assert.True(anna.Join("anna", 2));
        }

        Assert.False(reading.IsCompleted);
        _store.Append(App, Channel);
        Assert.Equal(LiveRead.Messages, await reading);
    }

    /// <summary>Messages, cuts, readers that come, read a little, leave and come back, in any order: each gets what was published, in order and once, or is told of a gap, and of none that there is not.</summary>
    [Fact]
    public async Task Reader_AnyOrderOfThings_GetsTheWholeSequenceOrIsTold()
    {
        var operation = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[1, 20]);
        await Gen.Select(operation.List[1, 200], Gen.Int[1, 8], Gen.Bool).SampleAsync(
            async (operations, recent, isShared) =>
            {
                var store = new MemoryLiveStore { IsShared = isShared };
                using var hub = new LiveHub(store, Options.Create(new LiveOptions { RecentMessages = recent }), Metrics(), TimeProvider.System);
                var clients = Enumerable.Range(0, 4).Select(_ => new Client(hub, store)).ToArray();
                foreach (var (kind, who, amount) in operations)
                {
                    switch (kind)
                    {
                        case <= 3:
                            for (var number = 0; number < amount; number++)
                            {
                                store.Append(App, Channel);
                            }

                            break;
                        case <= 6:
                            await clients[who].ReadAsync(amount);
                            break;
                        case <= 8:
                            clients[who].Leave();
                            break;
                        default:
                            store.Cut(App, Channel, keep: amount - 1);
                            break;
                    }
                }

                foreach (var client in clients)
                {
                    await client.ReadAsync(100_000);
                    Assert.Equal((await store.ReadAsync(App, Channel, long.MaxValue, 1, Cancelled)).Newest, client.Last);
                    client.Leave();
                }
            },
            iter: 2_000);
    }

    private LiveHub CreateHub(int recent = 128, int max = 100, MemoryLiveStore? store = null) =>
        new(store ?? _store, Options.Create(new LiveOptions { RecentMessages = recent, MaxSubscribers = max }), Metrics(), _time);

    private static LiveMetrics Metrics() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    /// <summary>The bell of a message is rung after its commit: whoever comes in between finds it in the history first.</summary>
    [Fact]
    public async Task Read_MessageThatAnotherReaderHasLearntOf_IsNotWaitedFor()
    {
        using var hub = CreateHub();
        using var waiting = hub.TryFollow(App, Channel)!;
        _store.Append(App, Channel);
        await waiting.OpenAsync(null, Cancelled);
        List<LiveFrame> frames = [];
        var reading = waiting.ReadAsync(frames, 10, TimeSpan.FromHours(1), Cancelled).AsTask();

        var entry = _store.Append(App, Channel, isHeard: false);
        using var another = hub.TryFollow(App, Channel)!;
        await another.OpenAsync(null, Cancelled);
        _store.Hear(App, Channel, entry);

        Assert.Equal(LiveRead.Messages, await reading);
        Assert.Equal(entry.Sequence, Assert.Single(frames).Sequence);
        Assert.Equal(LiveRead.Nothing, await waiting.ReadAsync(frames, 10, TimeSpan.Zero, Cancelled));
    }

    /// <summary>Whoever wakes many may come to one of them when it waits for the next thing already, while the bell rings.</summary>
    [Fact]
    public async Task Wait_WokenForWhatWasBefore_EndsOnceAndGoesOn()
    {
        const int Waits = 100_000;
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, Channel)!;
        await reader.OpenAsync(null, Cancelled);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        // On threads of their own: what is woken goes on in those of the pool, more than one at a time.
        var late = Task.Factory.StartNew(() => Repeat(reader.Wake), Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var bell = Task.Factory.StartNew(() => Repeat(hub.Ring), Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        List<LiveFrame> frames = [];
        for (var wait = 0; wait < Waits; wait++)
        {
            Assert.Null(reader.TryRead(frames, 1));
            await reader.WaitAsync(TimeSpan.FromHours(1), Cancelled);
        }

        await ending.CancelAsync();
        await Task.WhenAll(late, bell);

        void Repeat(Action act)
        {
            while (!ending.IsCancellationRequested)
            {
                act();
            }
        }
    }

    /// <summary>As a client that is not connected in between.</summary>
    private static async Task<List<long>> PollAsync(LiveHub hub, long? since)
    {
        using var reader = hub.TryFollow(App, Channel)!;
        Assert.True(await reader.OpenAsync(since, Cancelled));
        return await DrainAsync(reader, 10);
    }

    private static async Task<List<long>> DrainAsync(LiveReader reader, int limit)
    {
        List<LiveFrame> frames = [];
        List<long> sequences = [];
        while (await reader.ReadAsync(frames, limit, TimeSpan.Zero, Cancelled) is var read && read != LiveRead.Nothing)
        {
            Assert.Equal(LiveRead.Messages, read);
            Assert.InRange(frames.Count, 1, limit);
            sequences.AddRange(frames.Select(frame => frame.Sequence));
        }

        return sequences;
    }

    /// <summary>Comes back to where it left, and holds every message against the one before.</summary>
    private sealed class Client(LiveHub hub, MemoryLiveStore store)
    {
        private readonly List<LiveFrame> _frames = [];
        private LiveReader? _reader;
        private long? _last;
        private bool _mayMiss = true;

        public long? Last => _last;

        public async Task ReadAsync(int limit)
        {
            if (_reader is null)
            {
                _reader = hub.TryFollow(App, Channel)!;
                _frames.Clear();
                if (!await _reader.OpenAsync(_last, Cancelled))
                {
                    ToldOfAGap();
                }

                _last ??= _reader.Cursor;
            }

            while (limit > 0)
            {
                var read = await _reader.ReadAsync(_frames, Math.Min(limit, 5), TimeSpan.Zero, Cancelled);
                if (read == LiveRead.Gap)
                {
                    ToldOfAGap();
                }

                if (read == LiveRead.Nothing)
                {
                    return;
                }

                foreach (var frame in _frames)
                {
                    Assert.True(frame.Sequence > _last, $"{frame.Sequence} after {_last}");
                    Assert.True(_mayMiss || frame.Sequence == _last + 1, $"{frame.Sequence} after {_last}, and nothing said of a gap");
                    (_last, _mayMiss) = (frame.Sequence, false);
                }

                limit -= Math.Max(1, _frames.Count);
            }
        }

        public void Leave()
        {
            _reader?.Dispose();
            _reader = null;
        }

        private void ToldOfAGap()
        {
            Assert.True(store.ForgottenThrough(App, Channel) > _last, $"Nothing after {_last} is missing.");
            (_last, _mayMiss) = (_frames.Count > 0 ? _frames[0].Sequence - 1 : _reader!.Cursor, true);
        }
    }
}
