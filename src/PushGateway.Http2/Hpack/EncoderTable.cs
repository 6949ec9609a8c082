using System.Numerics;

namespace PushGateway.Http2.Hpack;

/// <summary>The peer's dynamic table as far as an encoder has to know it: how large its entries are and which are still there.</summary>
internal sealed class EncoderTable
{
    private readonly int[] _sizes; // A ring; its length is a power of two.
    private long _inserted; // Entries ever inserted; an entry is known by how many there were before it.
    private long _evicted; // Entries ever evicted: the oldest that is still there.

    /// <param name="maxSize">The greatest <see cref="Capacity"/> there will be.</param>
    /// <param name="capacity">The capacity to begin with.</param>
    public EncoderTable(int maxSize, int capacity)
    {
        _sizes = new int[BitOperations.RoundUpToPowerOf2((uint)(maxSize / DynamicTable.EntryOverhead) + 1)];
        Capacity = capacity;
    }

    public int Capacity { get; private set; }

    public int Size { get; private set; }

    public int Count => (int)(_inserted - _evicted);

    /// <summary>Grows with every insertion and eviction; while it is the same, so are all indices. Not negative.</summary>
    public long Version => _inserted + _evicted;

    public bool Contains(long entry) => entry >= _evicted;

    /// <summary>The entry's present index; it must be contained.</summary>
    public int IndexOf(long entry) => StaticTable.Count + (int)(_inserted - entry);

    /// <param name="size">Name, value and <see cref="DynamicTable.EntryOverhead"/>; no more than <see cref="Capacity"/>.</param>
    /// <returns>The entry.</returns>
    public long Insert(int size)
    {
        Evict(Capacity - size);
        SizeOf(_inserted) = size;
        Size += size;
        return _inserted++;
    }

    public void Resize(int capacity)
    {
        Capacity = capacity;
        Evict(capacity);
    }

    private void Evict(int size)
    {
        while (Size > size)
        {
            Size -= SizeOf(_evicted);
            _evicted++;
        }
    }

    private ref int SizeOf(long entry) => ref _sizes[entry & (_sizes.Length - 1)];
}
