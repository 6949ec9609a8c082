using System.Buffers;

namespace PushGateway.Core.FanOut;

/// <summary>Unsigned LEB128, the number form of the compact blobs: seven bits a byte, the lowest first.</summary>
public static class Varint
{
    private const int MaxLength = 10;

    /// <exception cref="FormatException">The bytes end inside the number, or it has more than ten.</exception>
    public static ulong Read(ReadOnlySpan<byte> blob, ref int position)
    {
        ulong value = 0;
        for (var shift = 0; shift < 7 * MaxLength; shift += 7)
        {
            if (position >= blob.Length)
            {
                throw new FormatException("The blob ends inside a number.");
            }

            var next = blob[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("The blob has a number of more than ten bytes.");
    }

    public static void Write(IBufferWriter<byte> buffer, ulong value)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        var span = buffer.GetSpan(MaxLength);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        buffer.Advance(length);
    }

    /// <summary>Signed numbers whose size is small become small unsigned ones.</summary>
    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
