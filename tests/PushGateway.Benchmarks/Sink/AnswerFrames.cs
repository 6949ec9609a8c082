using System.Buffers.Binary;

namespace PushGateway.Benchmarks.Sink;

/// <summary>The canned answer: a HEADERS frame with status 200 that ends the stream (RFC 9113, section 6.2), all of it but the stream id made in advance.</summary>
internal sealed class AnswerFrames
{
    private const int StreamIdOffset = 5;

    private readonly byte[] _frame;

    public AnswerFrames(bool hasApnsId)
    {
        // RFC 7541: 0x88 is the indexed field ":status: 200"; 0x00 begins a literal that is not indexed, with its name spelt out.
        byte[] fields = hasApnsId
            ? [0x88, 0x00, 7, .. "apns-id"u8, 36, .. "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D"u8]
            : [0x88];
        _frame = [0, 0, (byte)fields.Length, FrameTypes.Headers, FrameTypes.EndStream | FrameTypes.EndHeaders, 0, 0, 0, 0, .. fields];
    }

    public int Length => _frame.Length;

    public void Write(Span<byte> destination, int stream)
    {
        _frame.CopyTo(destination);
        BinaryPrimitives.WriteInt32BigEndian(destination[StreamIdOffset..], stream);
    }
}
