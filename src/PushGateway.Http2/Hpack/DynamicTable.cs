using System.Numerics;

namespace PushGateway.Http2.Hpack;

/// <summary>The dynamic table of a decoder (RFC 7541, section 2.3.2): the newest entry first, the oldest evicted when there is no room.</summary>
/// <remarks>
/// Text is written behind the text of the entry before, so that every name and value is in one piece. When the buffer's end is reached, what is
/// still needed is copied to a second buffer of the same size; the first stays as it is until the next time, so that a name taken from
/// the table may be given back to it.
/// </remarks>
internal sealed class DynamicTable
{
    /// <summary>What an entry counts beside its text (RFC 7541, section 4.1).</summary>
    public const int EntryOverhead = 32;

    private readonly Entry[] _entries; // A ring; its length is a power of two.
    private byte[] _text;
    private byte[] _otherText;
    private int _end; // Of the text.
    private int _next; // Place of the next entry, not yet taken round the ring.

    /// <param name="maxSize">The greatest <see cref="Capacity"/> there will be.</param>
    /// <param name="capacity">The capacity to begin with.</param>
    public DynamicTable(int maxSize, int capacity)
    {
        _entries = new Entry[BitOperations.RoundUpToPowerOf2((uint)(maxSize / EntryOverhead) + 1)];

        // Twice what can be needed: copying comes only after as much again has been written.
        _text = new byte[2 * maxSize];
        _otherText = new byte[2 * maxSize];
        Capacity = capacity;
    }

    /// <summary>What <see cref="Size"/> may reach.</summary>
    public int Capacity { get; private set; }

    /// <summary>Sum of the entries' sizes: name, value and <see cref="EntryOverhead"/>.</summary>
    public int Size { get; private set; }

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <param name="index">0 for the newest.</param>
    /// <returns><see langword="false"/> when there is no such entry.</returns>
    public bool TryGet(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        if ((uint)index >= (uint)Count)
        {
            name = value = default;
            return false;
        }

        var entry = At(_next - 1 - index);
        name = _text.AsSpan(entry.Start, entry.NameLength);
        value = _text.AsSpan(entry.Start + entry.NameLength, entry.ValueLength);
        return true;
    }

    /// <summary>Adds an entry. One that is larger than the table empties it (RFC 7541, section 4.4).</summary>
    /// <param name="name">May come from this table.</param>
    public void Insert(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var length = name.Length + value.Length;
        if (length > Capacity - EntryOverhead)
        {
            Clear();
            return;
        }

        Evict(Capacity - length - EntryOverhead);
        if (length > _text.Length - _end)
        {
            MoveText();
        }

        name.CopyTo(_text.AsSpan(_end));
        value.CopyTo(_text.AsSpan(_end + name.Length));
        At(_next) = new Entry(_end, name.Length, value.Length);
        _end += length;
        _next++;
        Count++;
        Size += length + EntryOverhead;
    }

    public void Clear() => Evict(0);

    public void Resize(int capacity)
    {
        Capacity = capacity;
        Evict(capacity);
    }

    /// <summary>Evicts the oldest entries until the size is no more than this.</summary>
    private void Evict(int size)
    {
        while (Size > size)
        {
            Size -= At(_next - Count).Length + EntryOverhead;
            Count--;
        }
    }

    private void MoveText()
    {
        var start = Count == 0 ? _end : At(_next - Count).Start;
        _text.AsSpan(start, _end - start).CopyTo(_otherText);
        for (var index = _next - Count; index != _next; index++)
        {
            At(index).Start -= start;
        }

        (_text, _otherText) = (_otherText, _text);
        _end -= start;
    }

    private ref Entry At(int index) => ref _entries[index & (_entries.Length - 1)];

    private struct Entry(int start, int nameLength, int valueLength)
    {
        public int Start = start;
        public readonly int NameLength = nameLength;
        public readonly int ValueLength = valueLength;

        public readonly int Length => NameLength + ValueLength;
    }
}
