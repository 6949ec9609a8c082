namespace PushGateway.Http2.Hpack;

/// <summary>Writes the header blocks of one connection's POST requests in their order (RFC 7541). Not safe for concurrent use.</summary>
/// <remarks>
/// What requests share costs a few bytes each and a copy: a block that has been used a few times is inserted into the peer's dynamic table,
/// and its indices are kept until the table changes. A block that is used once or twice leaves the table alone. The path, which may hold a secret
/// and is never the same twice, is a literal without indexing (RFC 7541, section 6.2.2) and in plain octets.
/// </remarks>
internal sealed class HpackEncoder
{
    // What both ends begin with (RFC 9113, section 6.5.2).
    private const int InitialTableSize = 4096;

    // More than this many blocks in turn are sent as literals, since each is forgotten before it has earned its place.
    private const int Slots = 16;

    // Uses as a literal before a block is inserted: the first, and after insertions that did not pay.
    private const int FirstThreshold = 4;
    private const int LastThreshold = 1024;

    private readonly EncoderTable _table;
    private readonly int _ownMaxTableSize;
    private readonly byte[] _authority; // As a string literal.
    private readonly int _authoritySize;
    private readonly byte _scheme;

    // Blocks used most recently, and beside each what is known of it.
    private readonly HeaderBlock?[] _blocks = new HeaderBlock?[Slots];
    private readonly Slot[] _slots = new Slot[Slots];
    private long _uses;

    // :method, :scheme and :authority as they were last written, for as long as the table has this version.
    private readonly byte[] _prefix;
    private int _prefixLength;
    private long _prefixVersion = -1;
    private long _authorityEntry = -1;

    // A change of the table's size not yet announced: the smallest since the last block, and the present one (section 4.2).
    private bool _hasResized;
    private int _smallestSize;

    /// <param name="scheme"><c>https</c> or <c>http</c>.</param>
    /// <param name="authority">ASCII.</param>
    /// <param name="ownMaxTableSize">How much of the table the peer offers is used, 0 to 65,536 bytes.</param>
    /// <exception cref="ArgumentException">Another scheme.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ownMaxTableSize"/> is out of its range.</exception>
    public HpackEncoder(ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> authority, int ownMaxTableSize = InitialTableSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ownMaxTableSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ownMaxTableSize, 65_536);
        _scheme = scheme.SequenceEqual("https"u8) ? (byte)(0x80 | StaticTable.SchemeHttps)
            : scheme.SequenceEqual("http"u8) ? (byte)(0x80 | StaticTable.SchemeHttp)
            : throw new ArgumentException("The scheme is https or http.", nameof(scheme));
        var literal = new byte[HpackString.MaxLength(authority.Length)];
        _authority = literal[..HpackString.Write(literal, authority)];
        _authoritySize = ":authority".Length + authority.Length + DynamicTable.EntryOverhead;
        _prefix = new byte[2 + HpackInteger.MaxLength + _authority.Length];
        _ownMaxTableSize = ownMaxTableSize;
        _table = new EncoderTable(Math.Max(ownMaxTableSize, InitialTableSize), InitialTableSize);
        SetPeerTableSize(InitialTableSize);
    }

    /// <summary>The peer's table as it is after the last block.</summary>
    public EncoderTable Table => _table;

    /// <summary>The peer's SETTINGS_HEADER_TABLE_SIZE, when its SETTINGS are acknowledged. The next block begins with what it changes.</summary>
    public void SetPeerTableSize(uint size)
    {
        var capacity = (int)Math.Min(size, (uint)_ownMaxTableSize);
        if (capacity == _table.Capacity)
        {
            return;
        }

        _smallestSize = _hasResized ? Math.Min(_smallestSize, capacity) : capacity;
        _hasResized = true;
        _table.Resize(capacity);
    }

    /// <returns>Bytes that are enough for the next <see cref="Encode"/>, whatever the table's state.</returns>
    public int MaxEncodedLength(int pathLength, ReadOnlySpan<HeaderBlock> blocks)
    {
        // Two size updates, the prefix, and :path with its name.
        var length = (2 * HpackInteger.MaxLength) + _prefix.Length + 1 + HpackString.MaxLength(pathLength);
        foreach (var block in blocks)
        {
            length += block.Fields.MaxLength;
        }

        return length;
    }

    /// <summary>Writes one block: <c>:method: POST</c>, scheme, authority, path, and the fields of the blocks in their order.</summary>
    /// <param name="path">ASCII, already percent-encoded.</param>
    /// <param name="destination">At least <see cref="MaxEncodedLength"/> bytes.</param>
    /// <returns>Bytes written. They must be sent, and in this order: the peer's table follows them.</returns>
    public int Encode(ReadOnlySpan<byte> path, ReadOnlySpan<HeaderBlock> blocks, Span<byte> destination)
    {
        var at = _hasResized ? WriteSizeUpdates(destination) : 0;
        if (_prefixVersion == _table.Version)
        {
            _prefix.AsSpan(0, _prefixLength).CopyTo(destination[at..]);
            at += _prefixLength;
        }
        else
        {
            at += WritePrefix(destination[at..]);
        }

        destination[at++] = StaticTable.Path;
        at += HpackString.WriteRaw(destination[at..], path);
        _uses++;
        foreach (var block in blocks)
        {
            at += WriteBlock(block, destination[at..]);
        }

        return at;
    }

    private int WriteSizeUpdates(Span<byte> destination)
    {
        var at = 0;
        if (_smallestSize < _table.Capacity)
        {
            at += HpackInteger.Write(destination, _smallestSize, 5, 0x20);
        }

        at += HpackInteger.Write(destination[at..], _table.Capacity, 5, 0x20);
        _hasResized = false;
        return at;
    }

    private int WritePrefix(Span<byte> destination)
    {
        destination[0] = 0x80 | StaticTable.MethodPost;
        destination[1] = _scheme;
        var at = 2;
        if (_authorityEntry >= 0 && _table.Contains(_authorityEntry))
        {
            at += HpackInteger.Write(destination[at..], _table.IndexOf(_authorityEntry), 7, 0x80);
        }
        else
        {
            var isInserted = _authoritySize <= _table.Capacity;
            at += HpackInteger.Write(destination[at..], StaticTable.Authority, isInserted ? 6 : 4, isInserted ? 0x40 : 0x00);
            _authority.CopyTo(destination[at..]);
            at += _authority.Length;
            if (isInserted)
            {
                // This inserts, so it cannot be written again: the next one is an index.
                _authorityEntry = _table.Insert(_authoritySize);
                return at;
            }
        }

        destination[..at].CopyTo(_prefix);
        (_prefixLength, _prefixVersion) = (at, _table.Version);
        return at;
    }

    private int WriteBlock(HeaderBlock block, Span<byte> destination)
    {
        var fields = block.Fields;
        if (!fields.IsIndexable)
        {
            fields.Literals.CopyTo(destination);
            return fields.Literals.Length;
        }

        ref var slot = ref _slots[FindSlot(block)];
        slot.LastUse = _uses;
        slot.Uses++;
        if (slot.Version == _table.Version)
        {
            slot.Indexed.AsSpan(0, slot.IndexedLength).CopyTo(destination);
            return slot.IndexedLength;
        }

        return slot.EntryCount > 0 && _table.Contains(slot.FirstEntry)
            ? WriteIndices(fields, ref slot, destination)
            : WriteUnindexed(fields, ref slot, destination);
    }

    /// <summary>All entries are there, but their indices have shifted.</summary>
    private int WriteIndices(PreparedFields fields, ref Slot slot, Span<byte> destination)
    {
        var length = fields.WriteIndexed(destination, _table, slot.Budget, slot.FirstEntry);
        if (slot.Indexed is null || slot.Indexed.Length < length)
        {
            slot.Indexed = new byte[length];
        }

        destination[..length].CopyTo(slot.Indexed);
        (slot.IndexedLength, slot.Version) = (length, _table.Version);
        return length;
    }

    /// <summary>A block that has not earned its entries yet, has just done so, or has lost them.</summary>
    private int WriteUnindexed(PreparedFields fields, ref Slot slot, Span<byte> destination)
    {
        if (slot.EntryCount > 0)
        {
            // Evicted. Where more blocks take turns than the table can hold, insertions do not pay and become rare.
            slot.Threshold = slot.Uses > slot.Threshold ? FirstThreshold : Math.Min(2 * slot.Threshold, LastThreshold);
            slot.EntryCount = 0;
            slot.Uses = 1;
        }

        if (slot.Uses <= slot.Threshold)
        {
            fields.Literals.CopyTo(destination);
            return fields.Literals.Length;
        }

        // The authority's entry has its room always: every request needs it.
        slot.Budget = _table.Capacity - (_authoritySize <= _table.Capacity ? _authoritySize : 0);
        slot.Uses = 0;
        var length = fields.WriteInserting(destination, _table, slot.Budget, out slot.FirstEntry, out slot.EntryCount);
        if (slot.EntryCount == 0)
        {
            // Nothing of it fits. The peer may offer a larger table one day.
            slot.Threshold = LastThreshold;
        }

        return length;
    }

    private int FindSlot(HeaderBlock block)
    {
        var blocks = _blocks;
        for (var index = 0; index < blocks.Length; index++)
        {
            if (ReferenceEquals(blocks[index], block))
            {
                return index;
            }
        }

        return TakeSlot(block);
    }

    /// <summary>Forgets the block whose last use is the longest ago. Its entries stay in the table until others evict them.</summary>
    private int TakeSlot(HeaderBlock block)
    {
        var oldest = 0;
        for (var index = 1; index < _slots.Length; index++)
        {
            oldest = _slots[index].LastUse < _slots[oldest].LastUse ? index : oldest;
        }

        _blocks[oldest] = block;
        _slots[oldest] = new Slot { Version = -1, Threshold = FirstThreshold, Indexed = _slots[oldest].Indexed };
        return oldest;
    }

    /// <summary>What is known of one block on this connection.</summary>
    private struct Slot
    {
        /// <summary>The encoder's count of uses when this was last used.</summary>
        public long LastUse;

        /// <summary>Uses as a literal, or since the entries were inserted.</summary>
        public long Uses;

        /// <summary>Uses as a literal that earn the entries.</summary>
        public int Threshold;

        /// <summary>Entries that were inserted, from the first on without a gap, within the budget.</summary>
        public int EntryCount;
        public long FirstEntry;
        public int Budget;

        /// <summary>The block with indices, as it is written while the table has this version; -1 for none.</summary>
        public long Version;
        public byte[]? Indexed;
        public int IndexedLength;
    }
}
