using System.Net.Sockets;

namespace PushGateway.Benchmarks.Sink;

/// <summary>A blocking socket as a stream that counts its bytes.</summary>
internal sealed class WireStream(Socket socket, SinkCounters counters) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = socket.Receive(buffer, SocketFlags.None, out var error);
        if (error is not SocketError.Success)
        {
            throw new IOException("The peer went away.", new SocketException((int)error));
        }

        counters.WireBytesIn += read;
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        counters.WireBytesOut += buffer.Length;
        while (buffer.Length > 0)
        {
            var sent = socket.Send(buffer, SocketFlags.None, out var error);
            if (error is not SocketError.Success)
            {
                throw new IOException("The peer went away.", new SocketException((int)error));
            }

            buffer = buffer[sent..];
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }
}
