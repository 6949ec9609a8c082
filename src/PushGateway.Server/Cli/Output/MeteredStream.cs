namespace PushGateway.Server.Cli.Output;

/// <summary>Passes a source through while it is read, and reports how much of it has been. Leaves the source open.</summary>
internal sealed class MeteredStream(Stream source, TimeProvider time, IProgressLine progress) : Stream
{
    private readonly long? _length = source.CanSeek ? source.Length : null;
    private readonly RateMeter _rate = new(time);
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Advance(source.Read(buffer, offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Advance(await source.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Advance(int count)
    {
        if (count == 0)
        {
            return 0;
        }

        _read += count;
        var fraction = _length is { } length and > 0 ? (double?)_read / length : null;
        progress.Report(fraction, $"{_read / 1e6:N1} MB, {_rate.Observe(_read) / 1e6:N1} MB/s");
        return count;
    }
}
