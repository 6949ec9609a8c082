using System.Buffers;
using PushGateway.Server.Cli.Output;

namespace PushGateway.Server.Cli.Demo;

/// <summary>The lines of a <see cref="DemoAudience"/>, made as they are read: a million devices need no more memory than one buffer.</summary>
internal sealed class DemoImportStream(DemoAudience audience, TimeProvider time, IProgressLine progress) : Stream
{
    private const int LinesAtATime = 200;

    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private readonly RateMeter _rate = new(time);
    private long _next;
    private int _taken;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_taken == _lines.WrittenCount)
        {
            Refill();
        }

        var length = Math.Min(buffer.Length, _lines.WrittenCount - _taken);
        _lines.WrittenSpan.Slice(_taken, length).CopyTo(buffer);
        _taken += length;
        return length;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Refill()
    {
        _lines.ResetWrittenCount();
        _taken = 0;
        if (_next == audience.Count)
        {
            return;
        }

        for (var end = Math.Min(_next + LinesAtATime, audience.Count); _next < end; _next++)
        {
            audience.WriteLine(_lines, _next);
        }

        progress.Report((double)_next / audience.Count, $"{_next:N0} of {audience.Count:N0} devices, {_rate.Observe(_next):N0}/s");
    }
}
