using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace PushGateway.Live.Tests;

/// <summary>What the hub does when it hears that something was missed.</summary>
public sealed class LiveHubTests
{
    private const int App = 1;

    private readonly MemoryLiveStore _store = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Missed_AgainAndAgainWhileTheStoreIsDown_IsLearntByOne()
    {
        using var hub = CreateHub();
        using var reader = hub.TryFollow(App, "news")!;
        await reader.OpenAsync(null, Cancelled);
        var before = _store.Reads;
        _store.IsDown = true;
        for (var bell = 0; bell < 100; bell++)
        {
            _store.Miss();
        }

        await UntilAsync(() => _store.Reads > before);
        List<LiveFrame> frames = [];
        var reading = reader.ReadAsync(frames, 10, TimeSpan.FromHours(1), Cancelled).AsTask();
        var missed = _store.Append(App, "news", isHeard: false);
        _store.IsDown = false;
        await UntilAsync(() => reading.IsCompleted, () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Equal(LiveRead.Messages, await reading);
        Assert.Equal(missed.Sequence, Assert.Single(frames).Sequence);

        // The store was down for one or two tries; then each pass through the channels reads once, and the reader itself does.
        Assert.InRange(_store.Reads - before, 2, 10);
    }

    /// <summary>Whatever comes while the channels are gone through is not taken for known.</summary>
    [Fact]
    public async Task Missed_WhileItIsLearnt_IsLearntOnceMore()
    {
        using var hub = CreateHub();
        using var first = hub.TryFollow(App, "first")!;
        await first.OpenAsync(null, Cancelled);
        using var second = hub.TryFollow(App, "second")!;
        await second.OpenAsync(null, Cancelled);
        long missed = 0;
        _store.Reading = channel =>
        {
            // The first channel has been learnt when the second one is asked for.
            if (channel == "second" && missed == 0)
            {
                missed = _store.Append(App, "first", isHeard: false).Sequence;
                _store.Miss();
            }
        };
        List<LiveFrame> frames = [];
        var reading = first.ReadAsync(frames, 10, TimeSpan.FromHours(1), Cancelled).AsTask();

        _store.Miss();

        Assert.Equal(LiveRead.Messages, await reading.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
        Assert.Equal(missed, Assert.Single(frames).Sequence);
    }

    [Fact]
    public async Task Missed_NothingNewInAChannel_WakesNobodyThere()
    {
        using var hub = CreateHub();
        using var silent = hub.TryFollow(App, "silent")!;
        await silent.OpenAsync(null, Cancelled);
        using var other = hub.TryFollow(App, "other")!;
        await other.OpenAsync(null, Cancelled);
        List<LiveFrame> frames = [];
        var waiting = silent.ReadAsync(frames, 10, TimeSpan.FromHours(1), Cancelled).AsTask();
        var reading = other.ReadAsync([], 10, TimeSpan.FromHours(1), Cancelled).AsTask();
        _store.Append(App, "other", isHeard: false);

        // They are learnt one after another, the silent one first.
        _store.Miss();
        Assert.Equal(LiveRead.Messages, await reading.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
        _store.Append(App, "silent");

        Assert.Equal(LiveRead.Messages, await waiting.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
    }

    private static async Task UntilAsync(Func<bool> condition, Action? meanwhile = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "It has not come to be.");
            meanwhile?.Invoke();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
        }
    }

    private LiveHub CreateHub() => new(_store, Options.Create(new LiveOptions()), Metrics(), _time);

    private static LiveMetrics Metrics() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
}
