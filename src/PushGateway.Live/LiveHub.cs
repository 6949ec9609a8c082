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
    private readonly Lock _gate = new();
    private readonly Dictionary<(int AppKey, string Channel), LiveChannel> _channels = [];
    private readonly ILiveStore _store;
    private readonly LiveOptions _options;
    private readonly LiveMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private int _readers;

    public LiveHub(ILiveStore store, IOptions<LiveOptions> options, LiveMetrics metrics, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        (_store, _options, _metrics, _timeProvider) = (store, options.Value, metrics, timeProvider);
        _store.Appended += OnAppended;
    }

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
                followed = new LiveChannel(_options.RecentMessages);
                _channels.Add((appKey, channel), followed);
            }

            followed.Readers++;
            _readers++;
            _metrics.Subscribed(1);
            return new LiveReader(this, _store, followed, appKey, channel, _timeProvider);
        }
    }

    public void Dispose() => _store.Appended -= OnAppended;

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

    private void OnAppended(int appKey, string channel, LiveEntry entry)
    {
        LiveChannel? followed;
        lock (_gate)
        {
            _channels.TryGetValue((appKey, channel), out followed);
        }

        followed?.Add(entry);
    }
}
