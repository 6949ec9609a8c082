namespace PushGateway.Http2.Frames;

/// <summary>Bytes on their way to the peer, frame after frame. Grows to the largest burst it ever held.</summary>
internal sealed class OutputBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Room for so many bytes behind what is there; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>A whole frame.</summary>
    public void AppendFrame(FrameType type, FrameFlags flags, int streamId, ReadOnlySpan<byte> payload)
    {
        var destination = Reserve(FrameHeader.Size + payload.Length);
        FrameHeader.Write(destination, payload.Length, type, flags, streamId);
        payload.CopyTo(destination[FrameHeader.Size..]);
        Length += FrameHeader.Size + payload.Length;
    }
}
