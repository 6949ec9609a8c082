namespace PushGateway.Benchmarks.Sink;

/// <summary>What the sink knows of RFC 9113, section 6. Written anew here: a meter must not share the code of what it measures.</summary>
internal static class FrameTypes
{
    public const int HeaderLength = 9;
    public const int MaxPayload = 16_384;

    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const byte EndStream = 0x1;
    public const byte Ack = 0x1;
    public const byte EndHeaders = 0x4;

    public const ushort MaxConcurrentStreams = 3;
    public const ushort InitialWindowSize = 4;

    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;
}
