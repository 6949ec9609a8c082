using System.Net;

namespace PushGateway.Client;

/// <summary>A request body of unknown length that is read as it is sent; unlike <see cref="StreamContent"/> it leaves the stream open.</summary>
internal sealed class UnownedStreamContent(Stream source) : HttpContent
{
    private const int BufferSize = 64 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        source.CopyToAsync(stream, BufferSize, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
