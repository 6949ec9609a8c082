using System.Buffers.Binary;

namespace PushGateway.Http2.Frames;

/// <summary>What the peer allows, as of its latest SETTINGS: RFC 9113, section 6.5.2.</summary>
internal sealed class PeerSettings
{
    public const int DefaultWindow = 65_535;
    public const int MinFrameSize = 16_384;
    public const int MaxFrameSizeLimit = 16_777_215;
    public const uint DefaultHeaderTableSize = 4_096;

    private const int EntrySize = 6;

    /// <summary>SETTINGS_HEADER_TABLE_SIZE.</summary>
    public uint HeaderTableSize { get; private set; } = DefaultHeaderTableSize;

    /// <summary>SETTINGS_MAX_CONCURRENT_STREAMS; no limit until the peer names one.</summary>
    public uint MaxConcurrentStreams { get; private set; } = uint.MaxValue;

    /// <summary>SETTINGS_INITIAL_WINDOW_SIZE, bytes of a body that may be sent on a new stream.</summary>
    public int InitialWindow { get; private set; } = DefaultWindow;

    /// <summary>SETTINGS_MAX_FRAME_SIZE, bytes of a payload.</summary>
    public int MaxFrameSize { get; private set; } = MinFrameSize;

    /// <summary>Takes over a SETTINGS payload; settings nobody has heard of are ignored.</summary>
    /// <exception cref="ConnectionErrorException">The payload is cut short, or a value is outside its range.</exception>
    public void Apply(ReadOnlySpan<byte> payload)
    {
        if (payload.Length % EntrySize != 0)
        {
            throw new ConnectionErrorException(ErrorCode.FrameSizeError, "SETTINGS of a length that is no multiple of six.");
        }

        for (; payload.Length > 0; payload = payload[EntrySize..])
        {
            Apply(BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
        }
    }

    private void Apply(ushort id, uint value)
    {
        switch ((SettingId)id)
        {
            case SettingId.HeaderTableSize:
                HeaderTableSize = value;
                break;
            case SettingId.EnablePush when value != 0:
                // Section 6.5.2: a server must not set it to anything else.
                throw new ConnectionErrorException(ErrorCode.ProtocolError, "A server that enables push.");
            case SettingId.MaxConcurrentStreams:
                MaxConcurrentStreams = value;
                break;
            case SettingId.InitialWindowSize when value > int.MaxValue:
                throw new ConnectionErrorException(ErrorCode.FlowControlError, "An initial window over 2^31-1.");
            case SettingId.InitialWindowSize:
                InitialWindow = (int)value;
                break;
            case SettingId.MaxFrameSize when value is < MinFrameSize or > MaxFrameSizeLimit:
                throw new ConnectionErrorException(ErrorCode.ProtocolError, "A frame size outside 16,384 to 16,777,215.");
            case SettingId.MaxFrameSize:
                MaxFrameSize = (int)value;
                break;
        }
    }
}

/// <summary>RFC 9113, section 6.5.2.</summary>
internal enum SettingId : ushort
{
    HeaderTableSize = 0x1,
    EnablePush = 0x2,
    MaxConcurrentStreams = 0x3,
    InitialWindowSize = 0x4,
    MaxFrameSize = 0x5,
    MaxHeaderListSize = 0x6,
}
