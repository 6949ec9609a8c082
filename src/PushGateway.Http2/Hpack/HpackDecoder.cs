using System.Runtime.CompilerServices;

namespace PushGateway.Http2.Hpack;

/// <summary>Reads the header blocks of one connection in their order and keeps its dynamic table (RFC 7541). Not safe for concurrent use.</summary>
/// <remarks>Memory is bounded by the constructor's arguments whatever the peer sends; nothing is allocated per block once strings of the usual length have been seen.</remarks>
internal sealed class HpackDecoder
{
    // What both ends begin with (RFC 9113, section 6.5.2).
    private const int InitialTableSize = 4096;

    private const int FirstScratchBytes = 256;

    private readonly DynamicTable _table;
    private readonly int _maxTableSize;
    private readonly int _maxListBytes;
    private readonly int _maxStringBytes;

    // Text that came in Huffman code.
    private byte[] _name = [];
    private byte[] _value = [];

    /// <param name="maxTableSize">
    /// What the peer may make of the dynamic table, 0 to 65,536 bytes: the SETTINGS_HEADER_TABLE_SIZE that is announced. The table begins with
    /// this, or with 4,096 when that is less. A peer uses up to 4,096 until it has seen the setting.
    /// </param>
    /// <param name="maxListBytes">Bound of a header list, counted as for SETTINGS_MAX_HEADER_LIST_SIZE: names, values, and 32 for each field.</param>
    /// <param name="maxStringBytes">Bound of one name or value, at least <paramref name="maxTableSize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public HpackDecoder(int maxTableSize = InitialTableSize, int maxListBytes = 16384, int maxStringBytes = 16384)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTableSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxTableSize, 65_536);
        ArgumentOutOfRangeException.ThrowIfNegative(maxListBytes);

        // What is above this bound is too large for the table, too, and need not be kept.
        ArgumentOutOfRangeException.ThrowIfLessThan(maxStringBytes, maxTableSize);
        (_maxTableSize, _maxListBytes, _maxStringBytes) = (maxTableSize, maxListBytes, maxStringBytes);
        _table = new DynamicTable(maxTableSize, Math.Min(maxTableSize, InitialTableSize));
    }

    /// <summary>The dynamic table as it is after the last block.</summary>
    public DynamicTable Table => _table;

    /// <summary>Bytes kept for strings in Huffman code.</summary>
    public int ScratchBytes => _name.Length + _value.Length;

    /// <summary>Reads one block: the payload of a HEADERS frame and its CONTINUATIONs.</summary>
    /// <param name="sink">Gets the fields while they are read; after <see cref="HpackResult.Malformed"/> it may have got some.</param>
    public HpackResult Decode<TSink>(ReadOnlySpan<byte> block, ref TSink sink)
        where TSink : struct, IHeaderFieldSink, allows ref struct
    {
        var at = 0;
        var listBytes = 0L;
        var mayResize = true;
        var isTooLarge = false;
        while (at < block.Length)
        {
            ReadOnlySpan<byte> name;
            ReadOnlySpan<byte> value;
            var isOversized = false;
            var first = block[at];
            if (first >= 0x80)
            {
                // Indexed field, section 6.1.
                if (!HpackInteger.TryRead(block, ref at, 7, out var index) || !TryGet(index, out name, out value))
                {
                    return HpackResult.Malformed;
                }
            }
            else if ((first & 0xE0) == 0x20)
            {
                // Size update, section 6.3: only before the first field, section 4.2.
                if (!mayResize || !HpackInteger.TryRead(block, ref at, 5, out var size) || size > _maxTableSize)
                {
                    return HpackResult.Malformed;
                }

                _table.Resize(size);
                continue;
            }
            else
            {
                // Literal with incremental indexing, section 6.2.1; without, section 6.2.2; never indexed, section 6.2.3.
                var isIndexed = first >= 0x40;
                if (!HpackInteger.TryRead(block, ref at, isIndexed ? 6 : 4, out var index))
                {
                    return HpackResult.Malformed;
                }

                if (index == 0 ? !TryReadString(block, ref at, ref _name, out name, ref isOversized) : !TryGet(index, out name, out _))
                {
                    return HpackResult.Malformed;
                }

                if (!TryReadString(block, ref at, ref _value, out value, ref isOversized))
                {
                    return HpackResult.Malformed;
                }

                if (isIndexed)
                {
                    if (isOversized)
                    {
                        _table.Clear();
                    }
                    else
                    {
                        // The name may be the table's own and stays readable, see there.
                        _table.Insert(name, value);
                    }
                }
            }

            mayResize = false;
            listBytes += name.Length + value.Length + DynamicTable.EntryOverhead;
            if (isOversized || isTooLarge || listBytes > _maxListBytes)
            {
                isTooLarge = true;
                continue;
            }

            sink.OnField(name, value);
        }

        return isTooLarge ? HpackResult.TooLarge : HpackResult.Ok;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryGet(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        if ((uint)(index - 1) < StaticTable.Count)
        {
            StaticTable.Get(index, out name, out value);
            return true;
        }

        // Index 0 becomes a negative one, which no entry has.
        return _table.TryGet(index - StaticTable.Count - 1, out name, out value);
    }

    /// <param name="scratch">For text in Huffman code.</param>
    /// <param name="isOversized">Set when the text is above the bound; <paramref name="text"/> is then empty.</param>
    /// <returns><see langword="false"/> when malformed.</returns>
    private bool TryReadString(ReadOnlySpan<byte> block, scoped ref int at, scoped ref byte[] scratch, out ReadOnlySpan<byte> text, scoped ref bool isOversized)
    {
        text = default;
        var isHuffman = at < block.Length && block[at] >= HpackString.HuffmanFlag;
        if (!HpackInteger.TryRead(block, ref at, 7, out var length) || length > block.Length - at)
        {
            return false;
        }

        var octets = block.Slice(at, length);
        at += length;
        if (isHuffman)
        {
            EnsureScratch(ref scratch, length);
            length = Huffman.Decode(octets, scratch);
            if (length < 0)
            {
                return false;
            }

            octets = scratch;
        }

        if (length > _maxStringBytes)
        {
            isOversized = true;
            return true;
        }

        text = octets[..length];
        return true;
    }

    private void EnsureScratch(ref byte[] scratch, int encodedLength)
    {
        var needed = Math.Min(_maxStringBytes, encodedLength * 8L / Huffman.MinCodeBits);
        if (needed > scratch.Length)
        {
            scratch = new byte[Math.Min(_maxStringBytes, Math.Max(2 * needed, FirstScratchBytes))];
        }
    }
}
