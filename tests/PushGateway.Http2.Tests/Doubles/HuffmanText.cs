using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Reads the string code of RFC 7541, appendix B. The code is canonical, so the lengths of its 257 codes say all.</summary>
internal static class HuffmanText
{
    private const int EndOfString = 256;

    private static readonly int[] s_lengths =
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    private static readonly Dictionary<(int Length, uint Code), int> s_symbols = Build();

    /// <exception cref="InvalidDataException">The bytes are no such text.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        var (length, code) = (0, 0u);
        foreach (var bit in Bits(bytes.ToArray()))
        {
            (length, code) = (length + 1, (code << 1) | bit);
            if (s_symbols.TryGetValue((length, code), out var symbol))
            {
                text.Append(symbol == EndOfString ? throw new InvalidDataException("End of string inside a string.") : (char)symbol);
                (length, code) = (0, 0);
            }
            else if (length > 30)
            {
                throw new InvalidDataException("No such code.");
            }
        }

        return length < 8 && code == (1u << length) - 1 ? text.ToString() : throw new InvalidDataException("The padding is not a beginning of the end-of-string code.");
    }

    private static IEnumerable<uint> Bits(byte[] bytes)
    {
        foreach (var value in bytes)
        {
            for (var shift = 7; shift >= 0; shift--)
            {
                yield return (uint)(value >> shift) & 1;
            }
        }
    }

    private static Dictionary<(int Length, uint Code), int> Build()
    {
        var symbols = new Dictionary<(int, uint), int>();
        var (code, previous) = (0u, 0);
        foreach (var symbol in Enumerable.Range(0, s_lengths.Length).OrderBy(symbol => s_lengths[symbol]).ThenBy(symbol => symbol))
        {
            code <<= s_lengths[symbol] - previous;
            symbols.Add((s_lengths[symbol], code), symbol);
            code++;
            previous = s_lengths[symbol];
        }

        // A slip in the lengths would leave a code unused or used twice.
        return code == 1u << 30 ? symbols : throw new InvalidOperationException("The lengths make no complete code.");
    }
}
