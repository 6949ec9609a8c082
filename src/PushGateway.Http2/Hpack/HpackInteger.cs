using System.Runtime.CompilerServices;

namespace PushGateway.Http2.Hpack;

/// <summary>Integers that begin in the low bits of a byte (RFC 7541, section 5.1).</summary>
internal static class HpackInteger
{
    /// <summary>Bytes of the longest encoding that is written or read: the prefix and five more.</summary>
    public const int MaxLength = 6;

    /// <param name="value">Not negative.</param>
    /// <param name="prefixBits">How many low bits of the first byte belong to the integer, 1 to 8.</param>
    /// <param name="pattern">The bits above them.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, int value, int prefixBits, int pattern)
    {
        var limit = (1 << prefixBits) - 1;
        if (value < limit)
        {
            destination[0] = (byte)(pattern | value);
            return 1;
        }

        destination[0] = (byte)(pattern | limit);
        value -= limit;
        var at = 1;
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[at++] = (byte)value;
        return at;
    }

    /// <param name="at">Where the integer begins; moved behind it.</param>
    /// <returns><see langword="false"/> when the source ends within the integer, or it is above <see cref="int.MaxValue"/> or longer than <see cref="MaxLength"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> source, ref int at, int prefixBits, out int value)
    {
        var limit = (1 << prefixBits) - 1;
        if ((uint)at >= (uint)source.Length)
        {
            value = 0;
            return false;
        }

        value = source[at++] & limit;
        return value < limit || TryReadRest(source, ref at, ref value);
    }

    private static bool TryReadRest(ReadOnlySpan<byte> source, ref int at, ref int value)
    {
        long sum = value;
        for (var shift = 0; shift < 7 * (MaxLength - 1) && at < source.Length; shift += 7)
        {
            var next = source[at++];
            sum += (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                value = (int)sum;
                return sum <= int.MaxValue;
            }
        }

        return false;
    }
}
