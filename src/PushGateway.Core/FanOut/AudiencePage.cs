using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>Where a shard's audience has been read up to: the last device seen, in key order. The default is the beginning.</summary>
public readonly record struct AudienceCursor(long SubscriberKey, long DeviceKey)
{
    /// <summary>Whether this device comes before the other in key order, or is the same.</summary>
    public bool IsUpTo(AudienceCursor other) =>
        SubscriberKey < other.SubscriberKey || (SubscriberKey == other.SubscriberKey && DeviceKey <= other.DeviceKey);
}

/// <summary>One device of an audience, as read for sending.</summary>
public record struct AudienceRow
{
    public long SubscriberKey { get; set; }
    public long DeviceKey { get; set; }

    /// <summary>When the device last registered, Unix milliseconds UTC: what the 410 rule compares with.</summary>
    public long LastSeenMs { get; set; }

    public int TokenOffset { get; set; }
    public int TokenLength { get; set; }

    /// <summary>Index of the content variant in the device's language; 0 is the event's own text.</summary>
    public int Variant { get; set; }

    /// <summary>Attempts already made for this device and event; 0 except for deferred devices.</summary>
    public int Attempts { get; set; }

    /// <summary>A deferred device whose attempt was begun and not recorded (<see cref="PageBegun"/>).</summary>
    public bool IsBegun { get; set; }

    /// <summary>The device's number in <see cref="AudienceQuery.Zones"/>; 0 when there are none.</summary>
    public int Zone { get; set; }

    public ProviderKind Provider { get; set; }
    public DeviceEnvironment Environment { get; set; }
}

/// <summary>About a thousand consecutive devices of one shard. Reused: reading a page allocates nothing once its buffers have grown.</summary>
/// <remarks>Filled by the store, then read-only until cleared. Not safe for concurrent filling.</remarks>
public sealed class AudiencePage
{
    private AudienceRow[] _rows;
    private byte[] _tokens;
    private int _tokenBytes;

    /// <param name="capacity">Rows a page may hold, 1 or more.</param>
    public AudiencePage(int capacity)
    {
        Capacity = capacity;
        _rows = new AudienceRow[Math.Min(capacity, 64)];
        _tokens = new byte[_rows.Length * 64];
    }

    /// <summary>Rows the page may hold, 1 or more; buffers grow as needed and are kept.</summary>
    public int Capacity
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    public int Count { get; private set; }

    public bool IsFull => Count >= Capacity;

    /// <summary>The last device read, including devices the filter left out; set by the store together with <see cref="IsLast"/>.</summary>
    public AudienceCursor End { get; set; }

    /// <summary>No device follows this page in its shard.</summary>
    public bool IsLast { get; set; }

    /// <summary>Where the TTL of all its devices counts from, when that is not the event's start.</summary>
    public DateTimeOffset? StartsAt { get; set; }

    /// <summary>The rows of waiting devices that the page was filled from; none when it came from elsewhere.</summary>
    public IList<TakenWait> Waits { get; } = [];

    public ref readonly AudienceRow this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return ref _rows[index];
        }
    }

    public ReadOnlySpan<AudienceRow> Rows => _rows.AsSpan(0, Count);

    /// <summary>The device token of row <paramref name="index"/>, UTF-8.</summary>
    public ReadOnlySpan<byte> Token(int index)
    {
        ref readonly var row = ref this[index];
        return _tokens.AsSpan(row.TokenOffset, row.TokenLength);
    }

    /// <param name="row">Its token offset and length are set here.</param>
    /// <exception cref="InvalidOperationException">The page is full.</exception>
    public void Add(AudienceRow row, ReadOnlySpan<byte> token)
    {
        if (IsFull)
        {
            throw new InvalidOperationException($"The page holds its {Capacity} rows already.");
        }

        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Count * 2);
        }

        if (_tokenBytes + token.Length > _tokens.Length)
        {
            Array.Resize(ref _tokens, Math.Max(_tokens.Length * 2, _tokenBytes + token.Length));
        }

        token.CopyTo(_tokens.AsSpan(_tokenBytes));
        row.TokenOffset = _tokenBytes;
        row.TokenLength = token.Length;
        _rows[Count++] = row;
        _tokenBytes += token.Length;
    }

    /// <summary>Becomes a copy of another page, in its own buffers; its capacity stays and must be enough.</summary>
    public void CopyFrom(AudiencePage other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Clear();
        for (var index = 0; index < other.Count; index++)
        {
            Add(other[index], other.Token(index));
        }

        (End, IsLast) = (other.End, other.IsLast);
    }

    public void Clear()
    {
        Count = 0;
        _tokenBytes = 0;
        End = default;
        IsLast = false;
        StartsAt = null;
        Waits.Clear();
    }
}
