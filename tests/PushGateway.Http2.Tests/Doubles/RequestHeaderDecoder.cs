using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Reads the header blocks of one client (RFC 7541), strictly: anything the client may not send is an exception.</summary>
internal sealed class RequestHeaderDecoder
{
    private const int EntryOverhead = 32;

    private static readonly (string Name, string Value)[] s_static =
    [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"),
        (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"),
        ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
        ("content-encoding", ""), ("content-language", ""), ("content-length", ""), ("content-location", ""), ("content-range", ""), ("content-type", ""),
        ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
        ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""),
        ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""),
        ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ];

    // The newest first, as they are numbered.
    private readonly List<(string Name, string Value)> _table = [];
    private int _size;
    private int _maxSize = 4096;
    private int _limit = 4096;
    private int _smallestLimit = 4096;

    /// <summary>What the client's table may hold from the next block on, once it has acknowledged the setting.</summary>
    public void SetLimit(int limit)
    {
        _limit = limit;
        _smallestLimit = Math.Min(_smallestLimit, limit);
    }

    /// <exception cref="InvalidDataException">The block breaks a rule.</exception>
    public List<(string Name, string Value)> Decode(ReadOnlySpan<byte> block)
    {
        var headers = new List<(string, string)>();

        // A table that was no larger than the smallest limit all the time has nothing to signal.
        _smallestLimit = _maxSize <= _smallestLimit ? _limit : _smallestLimit;
        while (block.Length > 0)
        {
            var first = block[0];
            if ((first & 0xe0) == 0x20)
            {
                Require(headers.Count == 0, "A table size update after the first header.");
                var size = ReadInteger(ref block, 5);
                Require(size <= _limit, $"The table is set to {size}, the limit is {_limit}.");
                _maxSize = size;
                _smallestLimit = size <= _smallestLimit ? _limit : _smallestLimit;
                Evict();
                continue;
            }

            // RFC 7541, section 4.2: the smallest limit since the last block has to be signalled before anything else.
            Require(_maxSize <= _smallestLimit, $"The table still holds {_maxSize}, but the limit fell to {_smallestLimit}.");
            _smallestLimit = _limit;
            headers.Add(ReadHeader(ref block, first));
        }

        return headers;
    }

    private (string Name, string Value) ReadHeader(ref ReadOnlySpan<byte> block, byte first)
    {
        if ((first & 0x80) != 0)
        {
            return Lookup(ReadInteger(ref block, 7));
        }

        var isIndexed = (first & 0x40) != 0;
        var index = ReadInteger(ref block, isIndexed ? 6 : 4);
        var name = index == 0 ? ReadString(ref block) : Lookup(index).Name;
        var header = (name, ReadString(ref block));
        if (isIndexed)
        {
            _table.Insert(0, header);
            _size += SizeOf(header);
            Evict();
        }

        return header;
    }

    private (string Name, string Value) Lookup(int index)
    {
        Require(index >= 1 && index <= s_static.Length + _table.Count, $"There is no header number {index}.");
        return index <= s_static.Length ? s_static[index - 1] : _table[index - s_static.Length - 1];
    }

    private void Evict()
    {
        while (_size > _maxSize)
        {
            _size -= SizeOf(_table[^1]);
            _table.RemoveAt(_table.Count - 1);
        }
    }

    private static int SizeOf((string Name, string Value) header) => header.Name.Length + header.Value.Length + EntryOverhead;

    private static string ReadString(ref ReadOnlySpan<byte> block)
    {
        Require(block.Length > 0, "The block ends before a string.");
        var isHuffman = (block[0] & 0x80) != 0;
        var length = ReadInteger(ref block, 7);
        Require(length <= block.Length, "The block ends within a string.");
        var text = isHuffman ? HuffmanText.Decode(block[..length]) : Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static int ReadInteger(ref ReadOnlySpan<byte> block, int prefix)
    {
        var mask = (1 << prefix) - 1;
        var value = block[0] & mask;
        block = block[1..];
        for (var shift = 0; value >= mask; shift += 7)
        {
            Require(block.Length > 0 && shift <= 14, "An integer without an end, or a huge one.");
            var next = block[0];
            block = block[1..];
            value += (next & 127) << shift;
            if (next < 128)
            {
                break;
            }
        }

        return value;
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidDataException(problem);
        }
    }
}
