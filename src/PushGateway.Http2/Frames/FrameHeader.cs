using System.Buffers.Binary;

namespace PushGateway.Http2.Frames;

/// <summary>The nine bytes before every frame: RFC 9113, section 4.1.</summary>
/// <param name="Length">Bytes of the payload.</param>
/// <param name="Type">May be one that nobody has heard of.</param>
/// <param name="Flags">As received.</param>
/// <param name="StreamId">0 for the connection.</param>
internal readonly record struct FrameHeader(int Length, FrameType Type, FrameFlags Flags, int StreamId)
{
    public const int Size = 9;

    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <param name="bytes">At least <see cref="Size"/>.</param>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes)
    {
        var lengthAndType = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return new FrameHeader(
            (int)(lengthAndType >> 8), (FrameType)(byte)lengthAndType, (FrameFlags)bytes[4],
            (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & 0x7fff_ffff));
    }

    /// <param name="destination">At least <see cref="Size"/>.</param>
    public static void Write(Span<byte> destination, int length, FrameType type, FrameFlags flags, int streamId)
    {
        // From the end to the beginning, so that one check of the bounds does for all.
        BinaryPrimitives.WriteInt32BigEndian(destination.Slice(5, 4), streamId);
        destination[4] = (byte)flags;
        BinaryPrimitives.WriteUInt32BigEndian(destination, ((uint)length << 8) | (byte)type);
    }
}
