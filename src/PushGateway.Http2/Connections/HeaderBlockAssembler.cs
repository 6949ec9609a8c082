using PushGateway.Http2.Frames;

namespace PushGateway.Http2.Connections;

/// <summary>Puts together a header block that comes in a HEADERS frame and CONTINUATIONs: RFC 9113, sections 4.3, 6.2 and 6.10.</summary>
internal sealed class HeaderBlockAssembler
{
    // Four times what we say we want to see, since that is only advice. More is a flood.
    private const int MaxBytes = 64 * 1024;
    private const int MaxFragments = 1_024;

    private byte[] _block = [];
    private int _length;
    private int _fragments;

    /// <summary>The stream whose header block is incomplete, or 0. Nothing but its CONTINUATION may come.</summary>
    public int StreamId { get; private set; }

    /// <summary>Whether the HEADERS frame ended the stream.</summary>
    public bool EndsStream { get; private set; }

    /// <param name="fragment">What the HEADERS frame holds of the block, padding and priority taken off.</param>
    public void Begin(FrameHeader header, ReadOnlySpan<byte> fragment)
    {
        (StreamId, EndsStream, _length) = (header.StreamId, header.Has(FrameFlags.EndStream), 0);
        _fragments = 0;
        Append(fragment);
    }

    /// <summary>Takes a CONTINUATION.</summary>
    /// <returns>Whether the block is complete.</returns>
    /// <exception cref="ConnectionErrorException">It does not belong here, or the block grows beyond all bounds.</exception>
    public bool Continue(FrameHeader header, ReadOnlySpan<byte> fragment)
    {
        if (StreamId == 0 || header.StreamId != StreamId)
        {
            throw new ConnectionErrorException(ErrorCode.ProtocolError, "A CONTINUATION that continues nothing.");
        }

        Append(fragment);
        return header.Has(FrameFlags.EndHeaders);
    }

    /// <summary>The complete block; valid until the next one begins.</summary>
    public ReadOnlySpan<byte> End()
    {
        StreamId = 0;
        return _block.AsSpan(0, _length);
    }

    /// <summary>What is left of a HEADERS or DATA payload without its padding, and of HEADERS without the priority.</summary>
    /// <exception cref="ConnectionErrorException">The payload is too short for what the flags say, or for its padding.</exception>
    public static ReadOnlySpan<byte> Strip(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var isPadded = header.Has(FrameFlags.Padded);
        var start = (isPadded ? 1 : 0) + (header.Type == FrameType.Headers && header.Has(FrameFlags.Priority) ? 5 : 0);
        if (payload.Length < start)
        {
            throw new ConnectionErrorException(ErrorCode.FrameSizeError, $"A {header.Type} frame too short for its flags.");
        }

        var padding = isPadded ? payload[0] : 0;
        return start + padding <= payload.Length
            ? payload[start..^padding]
            : throw new ConnectionErrorException(ErrorCode.ProtocolError, "A frame with more padding than payload.");
    }

    private void Append(ReadOnlySpan<byte> fragment)
    {
        if (_length + fragment.Length > MaxBytes || ++_fragments > MaxFragments)
        {
            throw new ConnectionErrorException(ErrorCode.EnhanceYourCalm, "A header block without end.");
        }

        if (_block.Length < _length + fragment.Length)
        {
            Array.Resize(ref _block, Math.Max(_block.Length * 2, _length + fragment.Length));
        }

        fragment.CopyTo(_block.AsSpan(_length));
        _length += fragment.Length;
    }
}
