using PushGateway.Core.Live;

namespace PushGateway.Live;

/// <summary>A channel that somebody follows: its newest messages, and those who have seen them all and wait for the bell.</summary>
/// <remarks>No reader has anything of its own here but its place, so one that does not read costs nothing and delays nobody.</remarks>
internal sealed class LiveChannel(int appKey, string name, int capacity)
{
    /// <summary>So few are woken by whoever rings; more by somebody who has nothing else to do.</summary>
    private const int FewReaders = 8;

    private readonly Lock _gate = new();

    // Most channels have one follower, and nothing happens in them.
    private LiveFrame[]? _recent;
    private LivePresence? _presence;
    private LiveReader?[] _parked = [];
    private int _parkedCount;
    private int _rings;
    private int _memberRings;
    private int _count;
    private long _newest;
    private long _origin;

    public int AppKey { get; } = appKey;

    public string Name { get; } = name;

    /// <summary>Readers, counted by <see cref="LiveHub"/> under its own lock.</summary>
    public int Readers { get; set; }

    public LivePresence Presence => LazyInitializer.EnsureInitialized(ref _presence);

    /// <summary>Sequence of the newest message that was heard of, or read of; 0 when none was.</summary>
    public long Newest => Volatile.Read(ref _newest);

    /// <summary>As <see cref="LivePresence.Version"/>.</summary>
    public int PresenceVersion => Volatile.Read(ref _presence)?.Version ?? 0;

    /// <summary>Takes a message that has just become durable.</summary>
    public void Add(LiveEntry entry)
    {
        LiveReader?[] woken;
        lock (_gate)
        {
            if (entry.Sequence <= _newest)
            {
                return;
            }

            if (_newest == 0 && entry.IsFirst)
            {
                _origin = entry.Sequence;
            }

            // The history is the truth: what does not follow on what is here makes a beginning of its own.
            var recent = _recent ??= new LiveFrame[capacity];
            _count = entry.Sequence == _newest + 1 || _newest == 0 ? Math.Min(_count + 1, recent.Length) : 1;
            _newest = entry.Sequence;
            recent[entry.Sequence % recent.Length] = new LiveFrame(entry);
            woken = TakeParked();
        }

        Wake(woken);
    }

    /// <summary>Takes note of how far the history goes, which may be further than what was heard of: who waits then has something to read there.</summary>
    /// <returns>The newest message there is.</returns>
    public long Learn(long newest)
    {
        LiveReader?[] woken = [];
        long known;
        lock (_gate)
        {
            if (newest > _newest)
            {
                (_newest, _count) = (newest, 0);
                // The bell for it may still come, but finds nothing new then.
                woken = TakeParked();
            }

            known = _newest;
        }

        Wake(woken);
        return known;
    }

    /// <summary>Wakes those who wait, though there is no message: something else has changed.</summary>
    public void Ring()
    {
        LiveReader?[] woken;
        lock (_gate)
        {
            woken = TakeParked();
        }

        Wake(woken);
    }

    /// <summary>Members have come or gone: wakes those who show them. Everybody else would be woken for nothing, and there may be many of those.</summary>
    public void RingMembers()
    {
        List<LiveReader> woken = [];
        lock (_gate)
        {
            _memberRings++;
            for (var place = _parkedCount - 1; place >= 0; place--)
            {
                if (_parked[place] is { IsMember: true } member)
                {
                    Remove(member);
                    woken.Add(member);
                }
            }
        }

        Wake([.. woken]);
    }

    /// <summary>Wakes those who have waited long enough.</summary>
    public void WakeDue(long now)
    {
        lock (_gate)
        {
            for (var index = 0; index < _parkedCount; index++)
            {
                if (_parked[index]!.IsDue(now))
                {
                    _parked[index]!.Wake();
                }
            }
        }
    }

    /// <summary>Has a reader wait for the bell, unless it has rung since the reader looked.</summary>
    /// <param name="rings">What <see cref="Read"/> said when it looked.</param>
    public bool TryPark(LiveReader reader, int rings)
    {
        lock (_gate)
        {
            if (rings != RingsOf(reader))
            {
                return false;
            }

            if (_parkedCount == _parked.Length)
            {
                Array.Resize(ref _parked, Math.Max(1, _parkedCount * 2));
            }

            reader.Place = _parkedCount;
            _parked[_parkedCount++] = reader;
            return true;
        }
    }

    /// <summary>The reader waits no more, whoever woke it.</summary>
    public void Unpark(LiveReader reader)
    {
        lock (_gate)
        {
            if (reader.Place >= 0)
            {
                Remove(reader);
            }
        }
    }

    /// <summary>Gives what is behind the cursor, and moves it.</summary>
    /// <param name="reader">Whose cursor it is.</param>
    /// <param name="rings">For <see cref="TryPark"/>.</param>
    /// <returns>Whether what comes next is too long ago to be here: it is in the history.</returns>
    public bool Read(LiveReader reader, ref long cursor, List<LiveFrame> frames, int limit, out int rings)
    {
        lock (_gate)
        {
            rings = RingsOf(reader);
            if (cursor == 0 && _origin > 0)
            {
                // The channel had no message when the reader came.
                cursor = _origin - 1;
            }

            if (cursor >= _newest)
            {
                return false;
            }

            if (cursor < _newest - _count)
            {
                return true;
            }

            while (cursor < _newest && limit-- > 0)
            {
                frames.Add(_recent![++cursor % _recent.Length]);
            }

            return false;
        }
    }

    /// <summary>How often the bell has rung that the reader hears.</summary>
    private int RingsOf(LiveReader reader) => reader.IsMember ? _rings + _memberRings : _rings;

    private void Remove(LiveReader reader)
    {
        var (place, last) = (reader.Place, _parked[--_parkedCount]!);
        (_parked[place], last.Place) = (last, place);
        (_parked[_parkedCount], reader.Place) = (null, -1);
    }

    private LiveReader?[] TakeParked()
    {
        _rings++;
        for (var index = 0; index < _parkedCount; index++)
        {
            _parked[index]!.Place = -1;
        }

        var woken = _parked;
        (_parked, _parkedCount) = ([], 0);
        return woken;
    }

    // Whoever rings is the store's writer, and has other things to do than what the readers do next.
    private static void Wake(LiveReader?[] woken)
    {
        if (woken.Length > FewReaders)
        {
            ThreadPool.UnsafeQueueUserWorkItem(WakeAll, woken, preferLocal: false);
        }
        else
        {
            WakeAll(woken);
        }
    }

    private static void WakeAll(LiveReader?[] woken)
    {
        foreach (var reader in woken)
        {
            reader?.Wake();
        }
    }
}
