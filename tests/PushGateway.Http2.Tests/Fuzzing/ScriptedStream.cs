using System.Runtime.InteropServices;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>
/// A connection's stream in memory, of which a tape decides what real ones leave open: how many bytes a read brings, what ends at once and
/// what later. Like the real ones it throws at once when it is used after it was closed.
/// </summary>
/// <param name="onRead">Gets the bytes that a read is about to bring.</param>
/// <param name="onWritten">Gets the bytes of each write.</param>
internal sealed class ScriptedStream(Tape tape, Action<ReadOnlySpan<byte>> onRead, Action<ReadOnlySpan<byte>> onWritten) : Stream
{
    private readonly PendingOperation _read = new();
    private readonly PendingOperation _write = new();
    private readonly List<byte> _input = [];
    private Memory<byte> _readBuffer;
    private ReadOnlyMemory<byte> _writing;
    private byte[] _written = [];
    private bool _hasEnded;
    private bool _isBroken;
    private bool _isDisposed;

    /// <summary>Bytes that no read has brought yet.</summary>
    public int Unread => _input.Count;

    public bool IsReading => _read.IsPending;

    public bool IsWriting => _write.IsPending;

    /// <summary>The caller touched the bytes of a write before it had ended.</summary>
    public bool HasTouchedWrite { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The other side sends.</summary>
    public void Send(ReadOnlySpan<byte> bytes) => _input.AddRange(bytes);

    /// <summary>The other side ends; what it has sent is read before that.</summary>
    public void End() => _hasEnded = true;

    /// <summary>Ends the read under way when there is something to bring.</summary>
    /// <returns>Whether there was.</returns>
    public bool CompleteRead()
    {
        if (!_read.IsPending || (_input.Count == 0 && !_hasEnded))
        {
            return false;
        }

        _read.End(Bring(_readBuffer));
        return true;
    }

    /// <summary>Ends the write under way.</summary>
    /// <returns>Whether there was one.</returns>
    public bool CompleteWrite()
    {
        if (!_write.IsPending)
        {
            return false;
        }

        CheckWriting();
        _write.End(0);
        return true;
    }

    public void FailWrite()
    {
        if (_write.IsPending)
        {
            _write.Fail(new IOException("Broken pipe."));
        }
    }

    /// <summary>Every write from now on fails, as to a socket that the other side has reset; what it had sent can still be read.</summary>
    public void BreakWrites()
    {
        _isBroken = true;
        FailWrite();
    }

    public void FailRead()
    {
        if (_read.IsPending)
        {
            _read.Fail(new IOException("Reset by the other side."));
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if ((_input.Count > 0 || _hasEnded) && tape.OneIn(2))
        {
            return new ValueTask<int>(Bring(buffer));
        }

        _readBuffer = buffer;
        return new ValueTask<int>(_read, _read.Begin());
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isBroken)
        {
            throw new IOException("Broken pipe.");
        }

        onWritten(buffer.Span);
        if (!tape.OneIn(3))
        {
            return ValueTask.CompletedTask;
        }

        (_writing, _written) = (buffer, buffer.ToArray());
        return new ValueTask(_write, _write.Begin());
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            if (_write.IsPending)
            {
                CheckWriting();
                _write.Fail(new ObjectDisposedException(nameof(ScriptedStream)));
            }

            if (_read.IsPending)
            {
                _read.Fail(new ObjectDisposedException(nameof(ScriptedStream)));
            }
        }

        base.Dispose(disposing);
    }

    private int Bring(Memory<byte> buffer)
    {
        var most = Math.Min(buffer.Length, _input.Count);
        var count = Math.Min(most, tape.Pick(int.MaxValue, int.MaxValue, 1, 9, 12, 100, 1 + tape.Next()));
        var bytes = CollectionsMarshal.AsSpan(_input)[..count];
        bytes.CopyTo(buffer.Span);
        onRead(bytes);
        _input.RemoveRange(0, count);
        return count;
    }

    private void CheckWriting() => HasTouchedWrite |= !_writing.Span.SequenceEqual(_written);
}
