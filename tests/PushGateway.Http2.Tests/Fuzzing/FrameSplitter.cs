using System.Runtime.InteropServices;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Cuts bytes into frames (RFC 9113, section 4.1).</summary>
internal sealed class FrameSplitter
{
    private const int HeaderSize = 9;

    private readonly List<byte> _bytes = [];

    public bool IsEmpty => _bytes.Count == 0;

    /// <summary>What the next frame says of its length, as soon as it is here.</summary>
    public int? NextLength => _bytes.Count >= HeaderSize ? (_bytes[0] << 16) | (_bytes[1] << 8) | _bytes[2] : null;

    public void Add(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    public WireFrame? Take()
    {
        if (NextLength is not { } length || _bytes.Count < HeaderSize + length)
        {
            return null;
        }

        var bytes = CollectionsMarshal.AsSpan(_bytes);
        var streamId = ((bytes[5] & 127) << 24) | (bytes[6] << 16) | (bytes[7] << 8) | bytes[8];
        var frame = new WireFrame((WireFrameType)bytes[3], bytes[4], streamId, bytes.Slice(HeaderSize, length).ToArray());
        _bytes.RemoveRange(0, HeaderSize + length);
        return frame;
    }
}
