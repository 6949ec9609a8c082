using Microsoft.Extensions.Options;
using PushGateway.Core.Live;

namespace PushGateway.Live;

/// <summary>Where live subscribers of every transport follow their channels. One in a process; safe for concurrent use.</summary>
/// <remarks>
/// A subscriber is a place in a sequence and no more. Whoever is at the newest message waits for the bell of its channel; whoever is behind reads from the newest messages in
/// memory, or from the history when those do not reach back far enough. So a slow client catches up from the store, at its own pace, and nothing is kept for it.
/// </remarks>
public sealed class LiveHub : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(int AppKey, string Channel), LiveChannel> _channels = [];
    /// <summary>How exact waiting is.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    private readonly ILiveStore _store;
    private readonly ITimer _clock;
    private readonly LiveOptions _options;
    private readonly LiveMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private int _readers;
    private bool _isLearning;
    private bool _learnsAgain;
    private volatile bool _isDisposed;

    public LiveHub(ILiveStore store, IOptions<LiveOptions> options, LiveMetrics metrics, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        (_store, _options, _metrics, _timeProvider) = (store, options.Value, metrics, timeProvider);
        _store.Appended += OnAppended;
        _store.Missed += OnMissed;
        _store.Followed = (appKey, channel) => Find(appKey, channel) is not null;
        _clock = timeProvider.CreateTimer(static hub => ((LiveHub)hub!).WakeDue(), this, s_tick, s_tick);
    }

    internal ILiveStore Store => _store;

    /// <summary>Milliseconds on a clock that is never set.</summary>
    internal long Now => (long)_timeProvider.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Live subscribers at present.</summary>
    public int Subscribers => Volatile.Read(ref _readers);

    /// <summary>Begins to follow a channel; <see cref="LiveReader.OpenAsync"/> says from where.</summary>
    /// <returns><see langword="null"/> when <see cref="LiveOptions.MaxSubscribers"/> are there already.</returns>
    public LiveReader? TryFollow(int appKey, string channel)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        lock (_gate)
        {
            if (_readers >= _options.MaxSubscribers)
            {
                return null;
            }

            if (!_channels.TryGetValue((appKey, channel), out var followed))
            {
                followed = new LiveChannel(appKey, channel, _options.RecentMessages);
                _channels.Add((appKey, channel), followed);
            }

            followed.Readers++;
            _readers++;
            _metrics.Subscribed(1);
            return new LiveReader(this, followed);
        }
    }

    public void Dispose()
    {
        _store.Appended -= OnAppended;
        _store.Missed -= OnMissed;
        _store.Followed = null;
        _isDisposed = true;
        _clock.Dispose();
    }

    /// <summary>Wakes everybody who waits: something has changed for all of them.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            foreach (var channel in _channels.Values)
            {
                channel.Ring();
            }
        }
    }

    /// <summary>One clock for all: a timer for each would be much of what an idle client costs.</summary>
    private void WakeDue()
    {
        lock (_gate)
        {
            var now = Now;
            foreach (var channel in _channels.Values)
            {
                channel.WakeDue(now);
            }
        }
    }

    internal void Leave(LiveReader reader, LiveChannel channel)
    {
        lock (_gate)
        {
            _readers--;
            _metrics.Subscribed(-1);
            if (--channel.Readers == 0)
            {
                _channels.Remove((reader.AppKey, reader.Channel));
            }
        }
    }

    private void OnAppended(int appKey, string channel, LiveEntry entry) => Find(appKey, channel)?.Add(entry);

    private LiveChannel? Find(int appKey, string channel)
    {
        lock (_gate)
        {
            return _channels.GetValueOrDefault((appKey, channel));
        }
    }

    /// <summary>Every channel may go further than was heard of. How far is read from the history, and those who wait read on from there.</summary>
    private void OnMissed()
    {
        lock (_gate)
        {
            // While the store is out of reach it may be told again and again: whoever learns already goes once more through all of them.
            _learnsAgain = true;
            if (_isLearning)
            {
                return;
            }

            _isLearning = true;
        }

        _ = Task.Run(LearnAsync);
    }

    private async Task LearnAsync()
    {
        while (ChannelsToLearn() is { } channels)
        {
            foreach (var (appKey, channel) in channels)
            {
                // Until the store can be asked, or nobody follows the channel any more.
                while (!_isDisposed && Find(appKey, channel) is { } followed && !await TryLearnAsync(appKey, channel, followed))
                {
                    await Task.Delay(s_retryAfter, _timeProvider);
                }
            }
        }
    }

    /// <returns><see langword="null"/> when nothing was missed since the last time: the next bell begins anew.</returns>
    private (int AppKey, string Channel)[]? ChannelsToLearn()
    {
        lock (_gate)
        {
            _isLearning = _learnsAgain;
            _learnsAgain = false;
            return _isLearning ? [.. _channels.Keys] : null;
        }
    }

    private async Task<bool> TryLearnAsync(int appKey, string channel, LiveChannel followed)
    {
        try
        {
            var page = await _store.ReadAsync(appKey, channel, long.MaxValue, 1, CancellationToken.None);
            followed.Learn(page.Newest);
            return true;
        }
#pragma warning disable CA1031 // The store is out of reach.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
