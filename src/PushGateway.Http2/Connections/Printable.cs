namespace PushGateway.Http2.Connections;

/// <summary>Bytes of a peer made fit for a log line.</summary>
internal static class Printable
{
    private const int MaxLength = 200;

    /// <summary>The first bytes as ASCII, anything else as a question mark.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => string.Create(Math.Min(bytes.Length, MaxLength), bytes, static (text, bytes) =>
    {
        for (var index = 0; index < text.Length; index++)
        {
            text[index] = bytes[index] is >= 0x20 and < 0x7f ? (char)bytes[index] : '?';
        }
    });
}
