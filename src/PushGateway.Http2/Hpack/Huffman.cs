using System.Buffers.Binary;

namespace PushGateway.Http2.Hpack;

/// <summary>The static Huffman code (RFC 7541, section 5.2 and appendix B).</summary>
/// <remarks>The code is canonical: codes of one length follow one another in the order of their symbols, so the lengths say everything.</remarks>
internal static class Huffman
{
    /// <summary>The shortest code's bits: no more symbols than source bits divided by this can come of a string.</summary>
    public const int MinCodeBits = 5;

    private const int EndOfString = 256;
    private const int MaxCodeBits = 30;

    // Two symbols of the usual text are at most this long, so one look gives two of them.
    private const int LookBits = 12;

    private static readonly uint[] s_codes = new uint[EndOfString + 1];

    // By code length: the first code of the next length, both counted in MaxCodeBits bits, and what to add to a code for its place in s_symbols.
    private static readonly uint[] s_ends = new uint[MaxCodeBits + 1];
    private static readonly int[] s_offsets = new int[MaxCodeBits + 1];
    private static readonly ushort[] s_symbols = new ushort[EndOfString + 1];

    // By the next LookBits bits: see Entry. 0 where the first code is longer.
    private static readonly uint[] s_looks = new uint[1 << LookBits];

#pragma warning disable CA1810 // The tables are made together, each from the one before.
    static Huffman()
#pragma warning restore CA1810
    {
        uint code = 0;
        var place = 0;
        for (var bits = MinCodeBits; bits <= MaxCodeBits; bits++)
        {
            s_offsets[bits] = place - (int)(code >> (MaxCodeBits - bits));
            for (var symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (Lengths[symbol] == bits)
                {
                    s_codes[symbol] = code >> (MaxCodeBits - bits);
                    s_symbols[place++] = (ushort)symbol;
                    code += 1u << (MaxCodeBits - bits);
                }
            }

            s_ends[bits] = code;
        }

        for (uint look = 0; look < s_looks.Length; look++)
        {
            if (!TryFind(look << (MaxCodeBits - LookBits), LookBits, out var first, out var firstBits))
            {
                continue;
            }

            var rest = (look << (MaxCodeBits - LookBits + firstBits)) & ((1u << MaxCodeBits) - 1);
            s_looks[look] = TryFind(rest, LookBits - firstBits, out var second, out var secondBits)
                ? Entry(first, second, firstBits, firstBits + secondBits, 2)
                : Entry(first, 0, firstBits, firstBits, 1);
        }
    }

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    public static int EncodedLength(ReadOnlySpan<byte> octets)
    {
        var bits = 0L;
        foreach (var octet in octets)
        {
            bits += Lengths[octet];
        }

        return checked((int)((bits + 7) / 8));
    }

    /// <param name="destination">Exactly <see cref="EncodedLength"/> bytes.</param>
    public static void Encode(ReadOnlySpan<byte> octets, Span<byte> destination)
    {
        var at = 0;
        ulong window = 0;
        var bits = 0;
        foreach (var octet in octets)
        {
            window = (window << Lengths[octet]) | s_codes[octet];
            bits += Lengths[octet];
            while (bits >= 8)
            {
                bits -= 8;
                destination[at++] = (byte)(window >> bits);
            }
        }

        if (bits > 0)
        {
            // Padding: the first bits of EOS, which are ones.
            destination[at] = (byte)((window << (8 - bits)) | (0xFFu >> bits));
        }
    }

    /// <param name="destination">May be written beyond the text, too.</param>
    /// <returns>
    /// Length of the text; where that is more than the destination holds, the rest was dropped. -1 when malformed: EOS within, more than 7 bits of
    /// padding, or padding that is not the first bits of EOS.
    /// </returns>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var looks = s_looks;
        var at = 0;
        var written = 0;
        ulong window = 0; // The next bits, the first of them the highest.
        var bits = 0; // How many of them are counted as taken from the source.
        while (true)
        {
            if (bits < MaxCodeBits)
            {
                if (source.Length - at >= sizeof(ulong))
                {
                    // Bits beyond those counted are there already when they are read again: they are the same.
                    window |= BinaryPrimitives.ReadUInt64BigEndian(source[at..]) >> bits;
                    var bytes = (63 - bits) >> 3;
                    at += bytes;
                    bits += bytes * 8;
                }
                else
                {
                    while (bits < 56 && at < source.Length)
                    {
                        window |= (ulong)source[at++] << (56 - bits);
                        bits += 8;
                    }

                    if (bits < LookBits)
                    {
                        return DecodeEnd(window, bits, destination, written);
                    }
                }
            }

            var entry = looks[(int)(window >> (64 - LookBits))];
            if (entry == 0)
            {
                // What is beyond the source's end counts as ones, so that a code cut off there is longer than what is left.
                var code = (uint)((window | (ulong.MaxValue >> bits)) >> (64 - MaxCodeBits));
                if (!TryFind(code, bits, out var symbol, out var symbolBits))
                {
                    return -1;
                }

                Put(destination, written++, (byte)symbol);
                window <<= symbolBits;
                bits -= symbolBits;
                continue;
            }

            window <<= TotalBits(entry);
            bits -= TotalBits(entry);
            if (written + 2 <= destination.Length)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(destination[written..], Symbols(entry));
            }
            else
            {
                Put(destination, written, (byte)Symbols(entry));
            }

            written += Count(entry);
        }
    }

    /// <summary>The last bits, fewer than <see cref="LookBits"/>.</summary>
    private static int DecodeEnd(ulong window, int bits, Span<byte> destination, int written)
    {
        window |= ulong.MaxValue >> bits;
        while (bits >= MinCodeBits)
        {
            var entry = s_looks[(int)(window >> (64 - LookBits))];
            var firstBits = FirstBits(entry);
            if (entry == 0 || firstBits > bits)
            {
                break;
            }

            Put(destination, written++, (byte)Symbols(entry));
            window = (window << firstBits) | ((1ul << firstBits) - 1);
            bits -= firstBits;
        }

        return bits < 8 && window == ulong.MaxValue ? written : -1;
    }

    private static void Put(Span<byte> destination, int at, byte octet)
    {
        if ((uint)at < (uint)destination.Length)
        {
            destination[at] = octet;
        }
    }

    /// <param name="code">In its highest of <see cref="MaxCodeBits"/> bits a code.</param>
    /// <param name="available">How many of those bits there are.</param>
    /// <returns><see langword="false"/> when the code is longer than that, or is EOS.</returns>
    private static bool TryFind(uint code, int available, out int symbol, out int bits)
    {
        bits = MinCodeBits;
        while (bits < MaxCodeBits && code >= s_ends[bits])
        {
            bits++;
        }

        symbol = bits <= available ? s_symbols[s_offsets[bits] + (int)(code >> (MaxCodeBits - bits))] : EndOfString;
        return symbol != EndOfString;
    }

    // How many bits all symbols have, how many the first has, how many symbols there are, and the two symbols. The lowest six bits are the
    // shift that comes next, which the processor takes from there as they are: the loop waits for nothing else.
    private static uint Entry(int first, int second, int firstBits, int totalBits, int count) =>
        (uint)(totalBits | (firstBits << 6) | (count << 10) | (first << 16) | (second << 24));

    private static int TotalBits(uint entry) => (int)entry & 0x3F;

    private static int FirstBits(uint entry) => (int)(entry >> 6) & 0xF;

    private static int Count(uint entry) => (int)(entry >> 10) & 0x3;

    private static ushort Symbols(uint entry) => (ushort)(entry >> 16);
}
