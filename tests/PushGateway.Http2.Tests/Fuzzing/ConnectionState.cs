using System.Runtime.CompilerServices;
using PushGateway.Http2.Connections;
using PushGateway.Http2.Frames;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Sizes of what a connection keeps, read from inside: what must stay bounded is not to be seen from without.</summary>
internal static class ConnectionState
{
    public static OutputBuffer Output(Http2Connection connection) => OutputOf(connection);

    public static OutputBuffer Control(Http2Connection connection) => WaitingOf(ControlOf(connection));

    /// <summary>Bytes that the buffer holds on to, used or not.</summary>
    public static int Capacity(OutputBuffer buffer) => BytesOf(buffer).Length;

    public static HpackDecoder Decoder(Http2Connection connection) => DecoderOf(ReaderOf(connection));

    public static EncoderTable EncoderTable(Http2Connection connection) => EncoderOf(WriterOf(connection)).Table;

    /// <summary>Bytes kept for header blocks that come in pieces.</summary>
    public static int BlockCapacity(Http2Connection connection) => BlockOf(AssemblerOf(ReaderOf(connection))).Length;

    /// <summary>Streams noted as waiting for a window, those that have ended included.</summary>
    public static int Halted(Http2Connection connection) => HaltedOf(WriterOf(connection)).Count;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_output")]
    private static extern ref OutputBuffer OutputOf(Http2Connection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_control")]
    private static extern ref ControlFrames ControlOf(Http2Connection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_reader")]
    private static extern ref AnswerReader ReaderOf(Http2Connection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_writer")]
    private static extern ref RequestWriter WriterOf(Http2Connection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_waiting")]
    private static extern ref OutputBuffer WaitingOf(ControlFrames control);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_bytes")]
    private static extern ref byte[] BytesOf(OutputBuffer buffer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<decoder>P")]
    private static extern ref HpackDecoder DecoderOf(AnswerReader reader);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<encoder>P")]
    private static extern ref HpackEncoder EncoderOf(RequestWriter writer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_assembler")]
    private static extern ref HeaderBlockAssembler AssemblerOf(AnswerReader reader);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_block")]
    private static extern ref byte[] BlockOf(HeaderBlockAssembler assembler);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_halted")]
    private static extern ref Queue<int> HaltedOf(RequestWriter writer);
}
