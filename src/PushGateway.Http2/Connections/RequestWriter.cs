using System.Buffers;
using System.Runtime.CompilerServices;
using PushGateway.Http2.Frames;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Connections;

/// <summary>Turns requests into HEADERS and DATA frames within the peer's flow-control windows: RFC 9113, sections 5.2, 6.1, 6.2 and 6.9.</summary>
internal sealed class RequestWriter(StreamTable streams, PeerSettings settings, HpackEncoder encoder, OutputBuffer output)
{
    // Streams with a part of their body unsent, by id, in the order in which they came to a halt.
    private readonly Queue<int> _halted = [];
    private long _window = PeerSettings.DefaultWindow;
    private bool _mayContinue;

    /// <summary>Whether the connection's window is used up: another request could send its headers only.</summary>
    public bool IsBlocked => _window <= 0;

    /// <summary>Writes a request on a stream just opened; what does not fit the windows of its body stays in the slot.</summary>
    public void Write(ref StreamSlot slot, PostRequest request)
    {
        slot.SendWindow = settings.InitialWindow;
        var body = request.Body.Span;
        WriteHeaders(slot.StreamId, request, isAll: body.IsEmpty);
        if (body.IsEmpty)
        {
            return;
        }

        var sent = WriteBody(ref slot, body);
        if (sent < body.Length)
        {
            slot.Rest = ArrayPool<byte>.Shared.Rent(body.Length - sent);
            body[sent..].CopyTo(slot.Rest);
            (slot.RestStart, slot.RestEnd) = (0, body.Length - sent);
            _halted.Enqueue(slot.StreamId);

            // Streams that ended while they were halted are still named here; going over it drops them.
            _mayContinue |= _halted.Count > 2 * streams.Capacity;
        }
    }

    /// <summary>Goes on with the bodies that had come to a halt, when a window has opened since.</summary>
    public void Continue()
    {
        if (!_mayContinue)
        {
            return;
        }

        _mayContinue = false;
        for (var left = _halted.Count; left > 0; left--)
        {
            var streamId = _halted.Dequeue();
            ref var slot = ref streams.Find(streamId);
            if (Unsafe.IsNullRef(ref slot) || slot.Rest is not { } rest)
            {
                continue;
            }

            slot.RestStart += WriteBody(ref slot, rest.AsSpan(slot.RestStart, slot.RestEnd - slot.RestStart));
            if (slot.RestStart < slot.RestEnd)
            {
                _halted.Enqueue(streamId);
                continue;
            }

            slot.Rest = null;
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    /// <summary>WINDOW_UPDATE on the connection.</summary>
    /// <exception cref="ConnectionErrorException">The window would exceed 2^31-1.</exception>
    public void Widen(int increment)
    {
        _window += increment;
        _mayContinue = true;
        if (_window > int.MaxValue)
        {
            throw new ConnectionErrorException(ErrorCode.FlowControlError, "A connection window over 2^31-1.");
        }
    }

    /// <summary>WINDOW_UPDATE on a stream.</summary>
    /// <returns><see langword="false"/> when the window would exceed 2^31-1: an error of that stream.</returns>
    public bool TryWiden(ref StreamSlot slot, int increment)
    {
        slot.SendWindow += increment;
        _mayContinue = true;
        return slot.SendWindow <= int.MaxValue;
    }

    /// <summary>SETTINGS_INITIAL_WINDOW_SIZE has changed, which moves the window of every open stream: RFC 9113, section 6.9.2.</summary>
    /// <exception cref="ConnectionErrorException">A window would exceed 2^31-1.</exception>
    public void MoveWindows(int from, int to)
    {
        foreach (ref var slot in streams.Slots)
        {
            if (slot.StreamId != 0)
            {
                slot.SendWindow += (long)to - from;
                if (slot.SendWindow > int.MaxValue)
                {
                    throw new ConnectionErrorException(ErrorCode.FlowControlError, "A stream window over 2^31-1.");
                }
            }
        }

        _mayContinue = true;
    }

    private void WriteHeaders(int streamId, PostRequest request, bool isAll)
    {
        var blocks = request.HeaderSpan;
        var path = request.Path;
        var destination = output.Reserve(FrameHeader.Size + encoder.MaxEncodedLength(path.Length, blocks));
        var length = encoder.Encode(path, blocks, destination[FrameHeader.Size..]);
        var flags = isAll ? FrameFlags.EndStream : FrameFlags.None;
        if (length <= settings.MaxFrameSize)
        {
            FrameHeader.Write(destination, length, FrameType.Headers, flags | FrameFlags.EndHeaders, streamId);
            output.Advance(FrameHeader.Size + length);
            return;
        }

        // Rare: more headers than one frame holds, so the rest follows in CONTINUATIONs (section 6.10).
        var block = destination.Slice(FrameHeader.Size, length).ToArray();
        var type = FrameType.Headers;
        for (var start = 0; start < block.Length; start += settings.MaxFrameSize)
        {
            var part = block.AsSpan(start, Math.Min(settings.MaxFrameSize, block.Length - start));
            flags |= start + part.Length == block.Length ? FrameFlags.EndHeaders : FrameFlags.None;
            output.AppendFrame(type, flags, streamId, part);
            (type, flags) = (FrameType.Continuation, FrameFlags.None);
        }
    }

    /// <returns>Bytes that fitted the windows.</returns>
    private int WriteBody(ref StreamSlot slot, ReadOnlySpan<byte> body)
    {
        var sent = 0;
        while (sent < body.Length)
        {
            var room = (int)Math.Min(Math.Min(_window, slot.SendWindow), Math.Min(settings.MaxFrameSize, body.Length - sent));
            if (room <= 0)
            {
                break;
            }

            var flags = sent + room == body.Length ? FrameFlags.EndStream : FrameFlags.None;
            output.AppendFrame(FrameType.Data, flags, slot.StreamId, body.Slice(sent, room));
            _window -= room;
            slot.SendWindow -= room;
            sent += room;
        }

        return sent;
    }
}
