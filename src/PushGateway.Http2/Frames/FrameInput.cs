namespace PushGateway.Http2.Frames;

/// <summary>Bytes from the peer until they are whole frames: RFC 9113, section 4.1. Of a fixed size, since we allow no larger frames than the smallest limit.</summary>
internal sealed class FrameInput
{
    /// <summary>Our SETTINGS_MAX_FRAME_SIZE, left at its initial value.</summary>
    public const int MaxFrameBytes = PeerSettings.MinFrameSize;

    private readonly byte[] _bytes = new byte[2 * (MaxFrameBytes + FrameHeader.Size)];
    private int _start;
    private int _end;

    /// <summary>Where the next bytes go; never empty once <see cref="Compact"/> has been called.</summary>
    public Memory<byte> Room => _bytes.AsMemory(_end);

    public void Add(int count) => _end += count;

    /// <summary>The header of the next frame, as soon as it is here.</summary>
    public bool TryPeek(out FrameHeader header)
    {
        header = _end - _start >= FrameHeader.Size ? FrameHeader.Read(_bytes.AsSpan(_start)) : default;
        return _end - _start >= FrameHeader.Size;
    }

    /// <summary>Takes the frame whose header was seen, when all of it is here.</summary>
    /// <param name="payload">Valid until <see cref="Compact"/>.</param>
    public bool TryTake(FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        if (_end - _start < FrameHeader.Size + header.Length)
        {
            payload = default;
            return false;
        }

        payload = _bytes.AsSpan(_start + FrameHeader.Size, header.Length);
        _start += FrameHeader.Size + header.Length;
        return true;
    }

    /// <summary>Moves what is left, less than a frame, to the front, so that there is room for the rest of it.</summary>
    public void Compact()
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
    }
}
