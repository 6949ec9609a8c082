using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using PushGateway.Http2.Frames;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Connections;

/// <summary>Acts on the frames that a server sends: RFC 9113, section 6.</summary>
internal sealed class FrameHandler(
    IConnectionEvents events, StreamTable streams, PeerSettings settings, ControlFrames control, HpackEncoder encoder, RequestWriter writer, AnswerReader reader)
{
    /// <summary>Whether the server has sent its SETTINGS, which have to be its first frame (section 3.4).</summary>
    public bool IsReady { get; private set; }

    /// <exception cref="ConnectionErrorException">The server broke the protocol.</exception>
    public void Check(FrameHeader header)
    {
        if (!IsReady && (header.Type != FrameType.Settings || header.Has(FrameFlags.Ack)))
        {
            throw new ConnectionErrorException(ErrorCode.ProtocolError, "The server does not begin with SETTINGS: it may not speak HTTP/2.");
        }

        if (header.Length > FrameInput.MaxFrameBytes)
        {
            throw new ConnectionErrorException(ErrorCode.FrameSizeError, "A frame larger than 16,384 bytes.");
        }
    }

    /// <exception cref="ConnectionErrorException">The server broke the protocol.</exception>
    public void Handle(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (reader.IncompleteStreamId != 0 && header.Type != FrameType.Continuation)
        {
            throw new ConnectionErrorException(ErrorCode.ProtocolError, "A frame in the middle of a header block.");
        }

        switch (header.Type)
        {
            case FrameType.Headers:
                reader.OnHeaders(header, payload);
                break;
            case FrameType.Data:
                reader.OnData(header, payload);
                break;
            case FrameType.Continuation:
                reader.OnContinuation(header, payload);
                break;
            case FrameType.RstStream:
                Require(payload.Length == 4, ErrorCode.FrameSizeError, header);
                reader.OnRstStream(header, (ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload));
                break;
            case FrameType.WindowUpdate:
                Require(payload.Length == 4, ErrorCode.FrameSizeError, header);
                OnWindowUpdate(header.StreamId, (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7fff_ffff));
                break;
            case FrameType.Settings:
                Require(header.StreamId == 0, ErrorCode.ProtocolError, header);
                OnSettings(header, payload);
                break;
            case FrameType.Ping:
                Require(header.StreamId == 0, ErrorCode.ProtocolError, header);
                Require(payload.Length == 8, ErrorCode.FrameSizeError, header);
                OnPing(header, payload);
                break;
            case FrameType.GoAway:
                Require(header.StreamId == 0, ErrorCode.ProtocolError, header);
                Require(payload.Length >= 8, ErrorCode.FrameSizeError, header);
                OnGoAway(payload);
                break;
            case FrameType.Priority:
                // Deprecated, but still checked for its form (section 6.3).
                Require(header.StreamId != 0, ErrorCode.ProtocolError, header);
                Require(payload.Length == 5, ErrorCode.FrameSizeError, header);
                break;
            case FrameType.PushPromise:
                throw new ConnectionErrorException(ErrorCode.ProtocolError, "A push that was not allowed.");
        }
    }

    private static void Require(bool condition, ErrorCode code, FrameHeader header)
    {
        if (!condition)
        {
            throw new ConnectionErrorException(code, $"A malformed {header.Type} frame.");
        }
    }

    private void OnSettings(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Has(FrameFlags.Ack))
        {
            Require(payload.IsEmpty, ErrorCode.FrameSizeError, header);
            return;
        }

        var initialWindow = settings.InitialWindow;
        settings.Apply(payload);
        if (settings.InitialWindow != initialWindow)
        {
            writer.MoveWindows(initialWindow, settings.InitialWindow);
        }

        encoder.SetPeerTableSize(settings.HeaderTableSize);
        control.AddSettingsAck();
        IsReady = true;
    }

    private void OnPing(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!header.Has(FrameFlags.Ack))
        {
            control.AddPing(FrameFlags.Ack, payload);
        }
    }

    private void OnWindowUpdate(int streamId, int increment)
    {
        if (streamId == 0)
        {
            if (increment == 0)
            {
                throw new ConnectionErrorException(ErrorCode.ProtocolError, "A window widened by nothing.");
            }

            writer.Widen(increment);
            return;
        }

        ref var slot = ref streams.Find(streamId);
        if (Unsafe.IsNullRef(ref slot))
        {
            return;
        }

        if (increment == 0)
        {
            reader.Reset(ref slot, ErrorCode.ProtocolError, "The server widened the stream's window by nothing.");
        }
        else if (!writer.TryWiden(ref slot, increment))
        {
            reader.Reset(ref slot, ErrorCode.FlowControlError, "The server widened the stream's window beyond its limit.");
        }
    }

    private void OnGoAway(ReadOnlySpan<byte> payload) => events.OnGoAway(
        (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7fff_ffff),
        (ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]),
        Printable.Of(payload[8..]));
}

/// <summary>What concerns the connection as a whole.</summary>
internal interface IConnectionEvents
{
    /// <summary>The server ends the connection: RFC 9113, section 6.8.</summary>
    /// <param name="lastStreamId">Streams above it were not processed.</param>
    /// <param name="words">The debug data, made printable.</param>
    void OnGoAway(int lastStreamId, ErrorCode code, string words);
}
