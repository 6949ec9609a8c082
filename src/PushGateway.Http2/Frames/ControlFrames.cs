using System.Buffers.Binary;
using System.Text;

namespace PushGateway.Http2.Frames;

/// <summary>Frames that the protocol itself asks for, waiting for the next write. They go before any request.</summary>
internal sealed class ControlFrames
{
    /// <summary>The opening bytes of a client: RFC 9113, section 3.4.</summary>
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    // A peer that makes us answer without reading the answers: some two thousand PINGs. RFC 9113, section 10.5.
    private const int MaxWaitingBytes = 32 * 1024;

    private readonly OutputBuffer _waiting = new(256);

    public bool IsEmpty => _waiting.Length == 0;

    public void MoveTo(OutputBuffer output)
    {
        output.Append(_waiting.Span);
        _waiting.Clear();
    }

    /// <param name="headerTableSize">Bytes of our decoder's table.</param>
    /// <param name="maxHeaderListBytes">Advice to the server about the size of its answers' headers.</param>
    public void AddPreface(uint headerTableSize, uint maxHeaderListBytes)
    {
        Span<byte> settings = stackalloc byte[18];
        WriteSetting(settings, SettingId.HeaderTableSize, headerTableSize);
        WriteSetting(settings[6..], SettingId.EnablePush, 0);
        WriteSetting(settings[12..], SettingId.MaxHeaderListSize, maxHeaderListBytes);
        _waiting.Append(Preface);
        Add(FrameType.Settings, FrameFlags.None, 0, settings);
    }

    public void AddSettingsAck() => Add(FrameType.Settings, FrameFlags.Ack, 0, []);

    /// <param name="opaque">Eight bytes.</param>
    public void AddPing(FrameFlags flags, ReadOnlySpan<byte> opaque) => Add(FrameType.Ping, flags, 0, opaque);

    public void AddWindowUpdate(int streamId, int increment) => AddNumber(FrameType.WindowUpdate, streamId, (uint)increment);

    public void AddRstStream(int streamId, ErrorCode code) => AddNumber(FrameType.RstStream, streamId, (uint)code);

    /// <summary>The server opens no streams, so the last of them is always 0.</summary>
    public void AddGoAway(ErrorCode code, string? words)
    {
        Span<byte> payload = stackalloc byte[8 + 128];
        BinaryPrimitives.WriteUInt32BigEndian(payload, 0);
        BinaryPrimitives.WriteUInt32BigEndian(payload[4..], (uint)code);
        Encoding.ASCII.TryGetBytes(words.AsSpan(0, Math.Min(words?.Length ?? 0, 128)), payload[8..], out var length);
        Add(FrameType.GoAway, FrameFlags.None, 0, payload[..(8 + length)]);
    }

    private void AddNumber(FrameType type, int streamId, uint number)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, number);
        Add(type, FrameFlags.None, streamId, payload);
    }

    /// <exception cref="ConnectionErrorException">Too many are waiting.</exception>
    private void Add(FrameType type, FrameFlags flags, int streamId, ReadOnlySpan<byte> payload)
    {
        if (_waiting.Length > MaxWaitingBytes && type != FrameType.GoAway)
        {
            throw new ConnectionErrorException(ErrorCode.EnhanceYourCalm, "More answers are asked for than are read.");
        }

        _waiting.AppendFrame(type, flags, streamId, payload);
    }

    private static void WriteSetting(Span<byte> destination, SettingId id, uint value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)id);
        BinaryPrimitives.WriteUInt32BigEndian(destination[2..], value);
    }
}
