using PushGateway.Core;
using PushGateway.Core.Live;

namespace PushGateway.Live;

/// <summary>One live subscriber's place in one channel. Used by one caller at a time; disposing it leaves the channel.</summary>
public sealed class LiveReader : IDisposable
{
    private readonly LiveHub _hub;
    private readonly ILiveStore _store;
    private readonly LiveChannel _channel;
    private readonly TimeProvider _timeProvider;
    private long _cursor;
    private string? _member;
    private int _isDisposed;

    internal LiveReader(LiveHub hub, ILiveStore store, LiveChannel channel, int appKey, string channelId, TimeProvider timeProvider)
    {
        (_hub, _store, _channel, _timeProvider) = (hub, store, channel, timeProvider);
        (AppKey, Channel) = (appKey, channelId);
    }

    public int AppKey { get; }

    public string Channel { get; }

    /// <summary>Sequence of the last message that was given out, or passed over; 0 before the first of the channel.</summary>
    public long Cursor => _cursor;

    /// <summary>Grows when members of the channel come or go.</summary>
    public int PresenceVersion => _channel.Presence.Version;

    /// <summary>Takes the place to read from.</summary>
    /// <param name="since">The last message the client has; <see langword="null"/> to begin with the next one.</param>
    /// <returns>
    /// Whether nothing between the client's last message and the next one is missing. If something may be, reading begins with the oldest message there is.
    /// </returns>
    /// <exception cref="StoreUnavailableException">The history cannot be read.</exception>
    public async ValueTask<bool> OpenAsync(long? since, CancellationToken cancellationToken)
    {
        var page = await _store.ReadAsync(AppKey, Channel, long.MaxValue, 1, cancellationToken);
        var newest = _channel.Learn(page.Newest);
        if (since is not { } cursor)
        {
            _cursor = newest;
            return true;
        }

        // What has come since the page was read is behind its newest.
        var isRecovered = page.Reaches(cursor) || (cursor > page.Newest && page.Newest > 0 && cursor <= newest);
        _cursor = isRecovered ? cursor : Math.Max(0, page.Oldest - 1);
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
        frames.Clear();
        if (_channel.Read(ref _cursor, frames, limit, out var bell))
        {
            return await CatchUpAsync(frames, limit, cancellationToken);
        }

        if (frames.Count > 0)
        {
            return LiveRead.Messages;
        }

        // Waiting in vain is the rule, and no exception.
        await bell.WaitAsync(wait, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return _channel.Read(ref _cursor, frames, limit, out _) ? await CatchUpAsync(frames, limit, cancellationToken)
            : frames.Count > 0 ? LiveRead.Messages
            : LiveRead.Nothing;
    }

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
            _channel.Ring();
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
            _channel.Ring();
        }

        _hub.Leave(this, _channel);
    }

    private async ValueTask<LiveRead> CatchUpAsync(List<LiveFrame> frames, int limit, CancellationToken cancellationToken)
    {
        var page = await _store.ReadAsync(AppKey, Channel, _cursor, limit, cancellationToken);
        if (page.Entries.Count == 0)
        {
            // Everything that was to come has been removed meanwhile.
            _cursor = _channel.Learn(page.Newest);
            return LiveRead.Gap;
        }

        // A reader without a place came when the channel had no message: what is there is what came since.
        var isGap = _cursor != 0 && page.Entries[0].Sequence != _cursor + 1;
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
