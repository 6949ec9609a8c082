using System.Net;

namespace PushGateway.Http2.Sockets;

/// <summary>A request body in the worker's buffer.</summary>
internal sealed class PostContent(ReadOnlyMemory<byte> body) : HttpContent
{
    /// <summary>Whether the buffer has been read to its end: a server may answer before it has taken the whole body.</summary>
    public bool IsRead { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(body, cancellationToken);
        IsRead = true;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
