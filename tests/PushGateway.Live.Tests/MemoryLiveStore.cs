using PushGateway.Core;
using PushGateway.Core.Live;

namespace PushGateway.Live.Tests;

/// <summary>A history in memory that can be cut, emptied and made unreadable.</summary>
internal sealed class MemoryLiveStore : ILiveStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(int, string), List<LiveEntry>> _histories = [];
    private readonly Dictionary<(int, string), long> _forgotten = [];
    private int _reads;

    public event Action<int, string, LiveEntry>? Appended;

    public event Action? Missed;

    public Func<int, string, bool>? Followed { get; set; }

    public bool IsShared { get; init; } = true;

    public bool IsDown { get; set; }

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Told of every read, before it.</summary>
    public Action<string>? Reading { get; set; }

    /// <param name="isHeard">Whether it is told of now; one of another gateway's may be told later, or never.</param>
    public LiveEntry Append(int appKey, string channel, long first = 1_000, bool isHeard = true)
    {
        LiveEntry entry;
        lock (_gate)
        {
            var history = History(appKey, channel);
            var forgotten = _forgotten.GetValueOrDefault((appKey, channel));
            var sequence = history.Count > 0 ? history[^1].Sequence + 1 : forgotten > 0 ? forgotten + 1 : first;
            entry = new LiveEntry(sequence, LiveMessageJson.Serialize(new LiveMessage { Id = $"m{sequence}", Channel = channel, Type = "t", SentAt = DateTimeOffset.UnixEpoch }, sequence))
            {
                IsFirst = history.Count == 0 && forgotten == 0,
            };
            history.Add(entry);
        }

        if (isHeard)
        {
            Hear(appKey, channel, entry);
        }

        return entry;
    }

    public void Hear(int appKey, string channel, LiveEntry entry) => Appended?.Invoke(appKey, channel, entry);

    public void Miss() => Missed?.Invoke();

    public long ForgottenThrough(int appKey, string channel)
    {
        lock (_gate)
        {
            return _forgotten.GetValueOrDefault((appKey, channel));
        }
    }

    /// <summary>Removes the oldest.</summary>
    public void Cut(int appKey, string channel, int keep)
    {
        lock (_gate)
        {
            var history = History(appKey, channel);
            var removed = Math.Max(0, history.Count - keep);
            if (removed > 0)
            {
                _forgotten[(appKey, channel)] = history[removed - 1].Sequence;
                history.RemoveRange(0, removed);
            }
        }
    }

    public Task<LiveEntry> AppendAsync(int appKey, LiveMessage message, CancellationToken cancellationToken) => Task.FromResult(Append(appKey, message.Channel));

    public ValueTask<LivePage> ReadAsync(int appKey, string channel, long after, int limit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        Reading?.Invoke(channel);
        if (IsDown)
        {
            throw new StoreUnavailableException("It cannot be read.");
        }

        lock (_gate)
        {
            var history = History(appKey, channel);
            var forgotten = _forgotten.GetValueOrDefault((appKey, channel));
            var start = forgotten > 0 || history.Count == 0 ? forgotten : history[0].Sequence - 1;
            return ValueTask.FromResult(new LivePage([.. history.Where(entry => entry.Sequence > after).Take(limit)], start, history.Count == 0 ? forgotten : history[^1].Sequence)
            {
                IsWhole = forgotten == 0,
            });
        }
    }

    private List<LiveEntry> History(int appKey, string channel)
    {
        if (!_histories.TryGetValue((appKey, channel), out var history))
        {
            _histories.Add((appKey, channel), history = []);
        }

        return history;
    }
}
