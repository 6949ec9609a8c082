namespace PushGateway.Http2.Hpack;

/// <summary>String literals (RFC 7541, section 5.2).</summary>
internal static class HpackString
{
    /// <summary>The bit of the first byte that says the octets are Huffman code.</summary>
    public const int HuffmanFlag = 0x80;

    /// <summary>Bytes that are enough for any string of this length.</summary>
    public static int MaxLength(int octets) => HpackInteger.MaxLength + octets;

    /// <summary>Writes the octets as they are.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteRaw(Span<byte> destination, ReadOnlySpan<byte> octets)
    {
        var at = HpackInteger.Write(destination, octets.Length, 7, 0);
        octets.CopyTo(destination[at..]);
        return at + octets.Length;
    }

    /// <summary>Writes in Huffman code where that is shorter.</summary>
    /// <returns>Bytes written, at most <see cref="MaxLength"/>.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> octets)
    {
        var length = Huffman.EncodedLength(octets);
        if (length >= octets.Length)
        {
            return WriteRaw(destination, octets);
        }

        var at = HpackInteger.Write(destination, length, 7, HuffmanFlag);
        Huffman.Encode(octets, destination.Slice(at, length));
        return at + length;
    }
}
