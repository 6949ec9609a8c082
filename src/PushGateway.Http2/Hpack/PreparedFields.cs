using System.Text;

namespace PushGateway.Http2.Hpack;

/// <summary>The fields of a <see cref="HeaderBlock"/> as far as their encoding is the same on every connection. Immutable.</summary>
internal sealed class PreparedFields
{
    private const int LiteralPattern = 0x00;
    private const int NeverIndexedPattern = 0x10;
    private const int IncrementalPattern = 0x40;
    private const int IndexedPattern = 0x80;

    private readonly Field[] _fields;
    private readonly byte[] _literals;

    public PreparedFields(IReadOnlyList<PostHeader> headers)
    {
        _fields = [.. headers.Select(header => new Field(header))];
        MaxLength = _fields.Sum(field => field.MaxLength);
        var literals = new byte[MaxLength];
        var length = 0;
        foreach (var field in _fields)
        {
            length += field.WriteLiteral(literals.AsSpan(length));
            IsIndexable |= field.IsIndexable;
        }

        _literals = literals[..length];
    }

    /// <summary>Bytes that are enough for every form.</summary>
    public int MaxLength { get; }

    /// <summary>Whether there is a field that may be indexed.</summary>
    public bool IsIndexable { get; }

    /// <summary>All fields as literals that leave the table alone. Names are indices into the static table where it has them.</summary>
    public ReadOnlySpan<byte> Literals => _literals;

    /// <summary>Writes all fields; those that may be indexed are inserted, in their order, as long as their sizes add up to no more than the budget.</summary>
    /// <param name="budget">No more than the table's capacity, so that they do not evict one another.</param>
    /// <param name="first">The first entry inserted; the others follow without a gap.</param>
    /// <param name="count">How many were inserted.</param>
    /// <returns>Bytes written.</returns>
    public int WriteInserting(Span<byte> destination, EncoderTable table, int budget, out long first, out int count)
    {
        (first, count) = (0, 0);
        var at = 0;
        foreach (var field in _fields)
        {
            if (!field.IsIndexable || field.Size > budget)
            {
                at += field.WriteLiteral(destination[at..]);
                continue;
            }

            budget -= field.Size;
            var entry = table.Insert(field.Size);
            first = count++ == 0 ? entry : first;
            at += field.Write(destination[at..], 6, IncrementalPattern);
        }

        return at;
    }

    /// <summary>Writes all fields, those that <see cref="WriteInserting"/> inserted as indices.</summary>
    /// <param name="budget">The same as then.</param>
    /// <param name="first">The first entry inserted then; all must still be there.</param>
    /// <returns>Bytes written.</returns>
    public int WriteIndexed(Span<byte> destination, EncoderTable table, int budget, long first)
    {
        var at = 0;
        foreach (var field in _fields)
        {
            if (!field.IsIndexable || field.Size > budget)
            {
                at += field.WriteLiteral(destination[at..]);
                continue;
            }

            budget -= field.Size;
            at += HpackInteger.Write(destination[at..], table.IndexOf(first++), 7, IndexedPattern);
        }

        return at;
    }

    private sealed class Field
    {
        private readonly HeaderIndexing _indexing;
        private readonly int _staticName;
        private readonly byte[] _strings;

        public Field(PostHeader header)
        {
            _indexing = header.Indexing;
            _staticName = StaticTable.Find(header.Name);
            var name = Encoding.ASCII.GetBytes(header.Name);
            var value = Encoding.ASCII.GetBytes(header.Value);
            var strings = new byte[HpackString.MaxLength(name.Length) + HpackString.MaxLength(value.Length)];
            var length = _staticName == 0 ? HpackString.Write(strings, name) : 0;
            length += HpackString.Write(strings.AsSpan(length), value);
            _strings = strings[..length];
            Size = name.Length + value.Length + DynamicTable.EntryOverhead;
        }

        /// <summary>What it takes in a table.</summary>
        public int Size { get; }

        public bool IsIndexable => _indexing == HeaderIndexing.Allowed;

        public int MaxLength => HpackInteger.MaxLength + _strings.Length;

        public int WriteLiteral(Span<byte> destination) =>
            Write(destination, 4, _indexing == HeaderIndexing.Never ? NeverIndexedPattern : LiteralPattern);

        public int Write(Span<byte> destination, int prefixBits, int pattern)
        {
            var length = HpackInteger.Write(destination, _staticName, prefixBits, pattern);
            _strings.CopyTo(destination[length..]);
            return length + _strings.Length;
        }
    }
}
