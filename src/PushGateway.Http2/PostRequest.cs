using System.Runtime.InteropServices;

namespace PushGateway.Http2;

/// <summary>One POST being written. The transport owns it and its buffers and reuses them.</summary>
public sealed class PostRequest
{
    private readonly List<HeaderBlock> _headers = new(2);
    private byte[] _path = new byte[256];
    private byte[] _body = new byte[4096];
    private int _pathLength;
    private int _bodyLength;

    /// <summary>The path written so far.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _pathLength);

    /// <summary>The body written so far.</summary>
    public ReadOnlyMemory<byte> Body => _body.AsMemory(0, _bodyLength);

    /// <summary>The headers in the order they were added.</summary>
    public IReadOnlyList<HeaderBlock> Headers => _headers;

    /// <summary>Adds to the <c>:path</c>: ASCII, already percent-encoded, beginning with a slash.</summary>
    public void AppendPath(ReadOnlySpan<byte> bytes) => Append(ref _path, ref _pathLength, bytes);

    /// <summary>Adds to the body. Its final length is announced before it is sent.</summary>
    public void AppendBody(ReadOnlySpan<byte> bytes) => Append(ref _body, ref _bodyLength, bytes);

    /// <summary>Adds headers. Requests that share headers should share the instance: a transport may keep its encoded form.</summary>
    public void AddHeaders(HeaderBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        _headers.Add(block);
    }

    internal ReadOnlySpan<HeaderBlock> HeaderSpan => CollectionsMarshal.AsSpan(_headers);

    internal void Clear()
    {
        _headers.Clear();
        _pathLength = 0;
        _bodyLength = 0;
    }

    private static void Append(ref byte[] buffer, ref int length, ReadOnlySpan<byte> bytes)
    {
        if (length + bytes.Length > buffer.Length)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + bytes.Length));
        }

        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }
}
