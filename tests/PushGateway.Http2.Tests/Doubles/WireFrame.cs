using System.Buffers.Binary;
using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>One HTTP/2 frame as it is on the wire (RFC 9113, section 4.1), valid or not.</summary>
internal sealed record WireFrame(WireFrameType Type, int Flags, int StreamId, byte[] Payload)
{
    public const int EndStream = 0x1;
    public const int Ack = 0x1;
    public const int EndHeaders = 0x4;
    public const int Padded = 0x8;
    public const int PriorityFlag = 0x20;

    public static WireFrame SettingsAck { get; } = new(WireFrameType.Settings, Ack, 0, []);

    public bool IsAck => (Flags & Ack) != 0;

    public bool EndsStream => Type is WireFrameType.Data or WireFrameType.Headers && (Flags & EndStream) != 0;

    /// <summary>The error code of RST_STREAM or GOAWAY.</summary>
    public WireError Error => (WireError)BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(Type == WireFrameType.GoAway ? 4 : 0));

    /// <summary>The increment of WINDOW_UPDATE, or the last stream id of GOAWAY.</summary>
    public int Number => (int)(BinaryPrimitives.ReadUInt32BigEndian(Payload) & 0x7fff_ffff);

    public static WireFrame Settings(params IReadOnlyList<(WireSetting Id, long Value)> settings)
    {
        var payload = new byte[settings.Count * 6];
        for (var i = 0; i < settings.Count; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), (ushort)settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((i * 6) + 2), (uint)settings[i].Value);
        }

        return new WireFrame(WireFrameType.Settings, 0, 0, payload);
    }

    public static WireFrame Headers(int streamId, byte[] block, bool endStream = false, bool endHeaders = true) =>
        new(WireFrameType.Headers, (endStream ? EndStream : 0) | (endHeaders ? EndHeaders : 0), streamId, block);

    public static WireFrame Continuation(int streamId, byte[] block, bool endHeaders = true) =>
        new(WireFrameType.Continuation, endHeaders ? EndHeaders : 0, streamId, block);

    public static WireFrame Data(int streamId, byte[] data, bool endStream = false) => new(WireFrameType.Data, endStream ? EndStream : 0, streamId, data);

    public static WireFrame Data(int streamId, string data, bool endStream = false) => Data(streamId, Encoding.UTF8.GetBytes(data), endStream);

    public static WireFrame Reset(int streamId, WireError error) => new(WireFrameType.RstStream, 0, streamId, Number32((uint)error));

    public static WireFrame WindowUpdate(int streamId, int increment) => new(WireFrameType.WindowUpdate, 0, streamId, Number32((uint)increment));

    public static WireFrame Ping(long opaque, bool ack = false)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(payload, opaque);
        return new WireFrame(WireFrameType.Ping, ack ? Ack : 0, 0, payload);
    }

    public static WireFrame GoAway(int lastStreamId, WireError error = WireError.NoError, string debugData = "") =>
        new(WireFrameType.GoAway, 0, 0, [.. Number32((uint)lastStreamId), .. Number32((uint)error), .. Encoding.UTF8.GetBytes(debugData)]);

    /// <summary>A complete answer: HEADERS and, with a body, DATA.</summary>
    public static IReadOnlyList<WireFrame> Answer(int streamId, int status, string body = "", params IReadOnlyList<(string Name, string Value)> headers)
    {
        var block = HeaderLiterals.Encode([(":status", status.ToString()), .. headers]);
        return body.Length == 0 ? [Headers(streamId, block, endStream: true)] : [Headers(streamId, block), Data(streamId, body, endStream: true)];
    }

    /// <summary>The same frame with padding (RFC 9113, section 6.1).</summary>
    public WireFrame WithPadding(int length) => this with { Flags = Flags | Padded, Payload = [(byte)length, .. Payload, .. new byte[length]] };

    /// <summary>The payload without padding and priority fields.</summary>
    /// <exception cref="InvalidDataException">They are longer than the payload.</exception>
    public ReadOnlySpan<byte> Content
    {
        get
        {
            var rest = Payload.AsSpan();
            var padding = 0;
            if (Type is WireFrameType.Data or WireFrameType.Headers && (Flags & Padded) != 0)
            {
                padding = rest.Length > 0 ? rest[0] : throw new InvalidDataException("No room for the pad length.");
                rest = rest[1..];
            }

            var priority = Type == WireFrameType.Headers && (Flags & PriorityFlag) != 0 ? 5 : 0;
            return padding + priority <= rest.Length ? rest[priority..^padding] : throw new InvalidDataException("Padding longer than the frame.");
        }
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[9 + Payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Payload.Length << 8);
        bytes[3] = (byte)Type;
        bytes[4] = (byte)Flags;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), (uint)StreamId);
        Payload.CopyTo(bytes.AsSpan(9));
        return bytes;
    }

    public IEnumerable<(WireSetting Id, long Value)> ReadSettings()
    {
        for (var at = 0; at + 6 <= Payload.Length; at += 6)
        {
            yield return ((WireSetting)BinaryPrimitives.ReadUInt16BigEndian(Payload.AsSpan(at)), BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(at + 2)));
        }
    }

    public override string ToString() => $"{Type} flags=0x{Flags:x} stream={StreamId} length={Payload.Length}";

    private static byte[] Number32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
