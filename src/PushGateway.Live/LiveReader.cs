using System.Threading.Tasks.Sources;
using PushGateway.Core;

namespace PushGateway.Live;

/// <summary>One live subscriber's place in one channel. Used by one caller at a time; disposing it leaves the channel.</summary>
/// <remarks>
/// All that an idle client costs beside its connection, so it is what waits, too: no task, timer or list of its own. Whoever wakes it, the bell of its channel, the hub's
/// clock or the client's leaving, it goes on in the thread pool, once.
/// </remarks>
public sealed class LiveReader : IDisposable, IValueTaskSource, IThreadPoolWorkItem
{
    private readonly LiveHub _hub;
    private readonly LiveChannel _channel;
    private ManualResetValueTaskSourceCore<bool> _wake;
    private CancellationTokenRegistration _leaving;
    private long _cursor;
    private long _dueAt;
    private string? _member;
    private int _rings;
    private int _isWaiting;
    private volatile bool _hasLeft;
    private int _isDisposed;

    internal LiveReader(LiveHub hub, LiveChannel channel) => (_hub, _channel) = (hub, channel);

    public int AppKey => _channel.AppKey;

    public string Channel => _channel.Name;

    /// <summary>Sequence of the last message that was given out, or passed over; 0 before the first of the channel.</summary>
    public long Cursor => _cursor;

    /// <summary>Grows when members of the channel come or go.</summary>
    public int PresenceVersion => _channel.PresenceVersion;

    /// <summary>Whether it shows the channel's members, and so is to hear of them.</summary>
    internal bool IsMember => _member is not null;

    /// <summary>Where the channel keeps it while it waits; -1 otherwise. The channel's to change.</summary>
    internal int Place { get; set; } = -1;

    /// <summary>Takes the place to read from.</summary>
    /// <param name="since">The last message the client has; <see langword="null"/> to begin with the next one.</param>
    /// <returns>
    /// Whether nothing between the client's last message and the next one is missing. If something may be, reading begins with the oldest message there is.
    /// </returns>
    /// <exception cref="StoreUnavailableException">The history cannot be read.</exception>
    public async ValueTask<bool> OpenAsync(long? since, CancellationToken cancellationToken)
    {
        // Where nobody else appends, what the channel has heard of is all there is, and whoever polls or comes back and has it need not ask the history. Of a shared store something may be there
        // that was not heard of yet, and as long as this gateway hears nothing poll after poll would miss it.
        if (!_hub.Store.IsShared && _channel.Newest is var heard and > 0 && (since ?? heard) == heard)
        {
            _cursor = heard;
            return true;
        }

        var page = await _hub.Store.ReadAsync(AppKey, Channel, long.MaxValue, 1, cancellationToken);
        var newest = _channel.Learn(page.Newest);
        if (since is not { } cursor)
        {
            _cursor = newest;
            return true;
        }

        // What has come since the page was read is behind its newest.
        var isRecovered = page.Reaches(cursor) || (cursor > page.Newest && page.Newest > 0 && cursor <= newest);
        _cursor = isRecovered ? cursor : page.Start;
        return isRecovered;
    }

    /// <summary>Reads what comes next, waiting for it if need be.</summary>
    /// <param name="frames">Emptied, and filled with consecutive messages.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="wait">How long to wait when there is none.</param>
    /// <exception cref="StoreUnavailableException">The history cannot be read. The place is as it was.</exception>
    public async ValueTask<LiveRead> ReadAsync(List<LiveFrame> frames, int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (TryRead(frames, limit) is { } read)
        {
            return read ? LiveRead.Messages : await CatchUpAsync(frames, limit, cancellationToken);
        }

        await WaitAsync(wait, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return TryRead(frames, limit) switch
        {
            true => LiveRead.Messages,
            false => await CatchUpAsync(frames, limit, cancellationToken),
            null => LiveRead.Nothing,
        };
    }

    /// <summary>Reads what comes next, if there is something in memory.</summary>
    /// <param name="frames">Emptied, and filled with consecutive messages.</param>
    /// <param name="limit">At most this many.</param>
    /// <returns>Whether there was; <see langword="null"/> when there is nothing, <see langword="false"/> when what is next is in the history (<see cref="CatchUpAsync"/>).</returns>
    internal bool? TryRead(List<LiveFrame> frames, int limit)
    {
        frames.Clear();
        return _channel.Read(this, ref _cursor, frames, limit, out _rings) ? false : frames.Count > 0 ? true : null;
    }

    /// <summary>Waits until there may be something that <see cref="TryRead"/> has not seen, <paramref name="wait"/> is over, or the client has gone; being woken for nothing is possible.</summary>
    /// <remarks>Never fails. By the hub's clock, so it may last half a second longer.</remarks>
    internal ValueTask WaitAsync(TimeSpan wait, CancellationToken gone)
    {
        if (wait <= TimeSpan.Zero || gone.IsCancellationRequested)
        {
            return ValueTask.CompletedTask;
        }

        _wake.Reset();
        _dueAt = _hub.Now + (long)wait.TotalMilliseconds;
        Volatile.Write(ref _isWaiting, 1);
        if (!_channel.TryPark(this, _rings))
        {
            // Somebody who took it for an earlier wait may have woken it all the same: then that has to be waited for, or it would end a later wait a second time.
            return Interlocked.Exchange(ref _isWaiting, 0) != 0 ? ValueTask.CompletedTask : new ValueTask(this, _wake.Version);
        }

        _leaving = gone.UnsafeRegister(static reader => ((LiveReader)reader!).Wake(), this);
        if (_hasLeft)
        {
            Wake();
        }

        return new ValueTask(this, _wake.Version);
    }

    /// <summary>The client has said that it leaves: whoever reads for it is to stop, and does not wait any more.</summary>
    internal void LeaveSoon()
    {
        _hasLeft = true;
        Wake();
    }

    internal bool HasLeft => _hasLeft;

    internal bool IsDue(long now) => now >= _dueAt;

    /// <summary>Ends the waiting, if it waits. What it does then it does elsewhere.</summary>
    internal void Wake()
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) != 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => _wake.SetResult(true);

    void IValueTaskSource.GetResult(short token)
    {
        _wake.GetResult(token);
        _leaving.Unregister();
        _leaving = default;
        _channel.Unpark(this);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wake.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wake.OnCompleted(continuation, state, token, flags);

    /// <summary>Shows the client to the others as a member, until it leaves.</summary>
    /// <param name="limit">Members the channel may have.</param>
    /// <returns>Whether there was room.</returns>
    public bool Join(string member, int limit)
    {
        ArgumentException.ThrowIfNullOrEmpty(member);
        if (_channel.Presence.Join(member, limit) is not { } isNew)
        {
            return false;
        }

        _member = member;
        if (isNew)
        {
            _channel.RingMembers();
        }

        return true;
    }

    public (int Version, IReadOnlyList<string> Members) ReadPresence() => _channel.Presence.Read();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        if (_member is { } member && _channel.Presence.Leave(member))
        {
            _channel.RingMembers();
        }

        _hub.Leave(this, _channel);
    }

    /// <summary>Reads what comes next from the history.</summary>
    internal async ValueTask<LiveRead> CatchUpAsync(List<LiveFrame> frames, int limit, CancellationToken cancellationToken)
    {
        var page = await _hub.Store.ReadAsync(AppKey, Channel, _cursor, limit, cancellationToken);
        if (page.Entries.Count == 0)
        {
            // Everything that was to come has been removed meanwhile.
            _cursor = _channel.Learn(page.Newest);
            return LiveRead.Gap;
        }

        var isGap = !page.Follows(_cursor);
        foreach (var entry in page.Entries)
        {
            frames.Add(new LiveFrame(entry));
        }

        _cursor = page.Entries[^1].Sequence;
        return isGap ? LiveRead.Gap : LiveRead.Messages;
    }
}

/// <summary>What came of waiting for messages.</summary>
public enum LiveRead
{
    /// <summary>None came.</summary>
    Nothing,

    /// <summary>They follow on those before.</summary>
    Messages,

    /// <summary>Messages before them are gone from the history: the client has to be told.</summary>
    Gap,
}
