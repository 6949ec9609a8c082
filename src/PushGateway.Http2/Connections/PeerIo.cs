using System.Net.Sockets;
using System.Security.Authentication;

namespace PushGateway.Http2.Connections;

/// <summary>What has come of a read or a write.</summary>
internal enum IoState
{
    /// <summary>It is under way; the owner is told when it ends.</summary>
    Pending,
    Done,

    /// <summary>The connection is gone.</summary>
    Lost,
}

/// <summary>The byte stream of a connection for an owner that never waits: at most one read and one write are under way.</summary>
internal sealed class PeerIo
{
    private readonly Stream _stream;
    private readonly Action _onRead;
    private readonly Action _onWritten;
    private ValueTask<int> _read;
    private ValueTask _write;
    private bool _isReading;
    private volatile bool _hasRead;
    private volatile bool _hasWritten;

    /// <param name="stream">TLS, or bare TCP.</param>
    /// <param name="onEnded">Called from any thread when a read or write that was pending has ended.</param>
    public PeerIo(Stream stream, Action onEnded)
    {
        _stream = stream;
        _onRead = () =>
        {
            _hasRead = true;
            onEnded();
        };
        _onWritten = () =>
        {
            _hasWritten = true;
            onEnded();
        };
    }

    /// <summary>Whether a write has not ended, so that its bytes must not be touched and no other may begin.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Why the connection is gone, in words.</summary>
    public string? Failure { get; private set; }

    /// <summary>Takes what the read under way has brought; begins one when none is.</summary>
    /// <param name="buffer">Where to read to, the same until the read has ended.</param>
    /// <param name="count">Bytes read, 1 or more.</param>
    public IoState Read(Memory<byte> buffer, out int count)
    {
        count = 0;
        if (!_isReading)
        {
            try
            {
#pragma warning disable CA2012 // Consumed exactly once, in EndRead: now, or when it has ended.
                _read = _stream.ReadAsync(buffer);
#pragma warning restore CA2012
            }
            catch (Exception exception) when (IsLoss(exception))
            {
                // A stream that we have closed from another thread does not even begin.
                Failure ??= exception.Message;
                return IoState.Lost;
            }

            _isReading = true;
            _hasRead = _read.IsCompleted;
            if (!_hasRead)
            {
                _read.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onRead);
                return IoState.Pending;
            }
        }

        return _hasRead ? EndRead(out count) : IoState.Pending;
    }

    /// <summary>Begins a write; none may be under way.</summary>
    /// <param name="bytes">Untouched until <see cref="IsWriting"/> is false again.</param>
    public IoState Write(ReadOnlyMemory<byte> bytes)
    {
        try
        {
#pragma warning disable CA2012 // Consumed exactly once, in EndWrite: now, or when it has ended.
            _write = _stream.WriteAsync(bytes);
#pragma warning restore CA2012
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            // As with reading.
            Failure ??= exception.Message;
            return IoState.Lost;
        }

        IsWriting = true;
        _hasWritten = _write.IsCompleted;
        if (!_hasWritten)
        {
            _write.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onWritten);
        }

        return EndWrite();
    }

    /// <summary>Takes note of a write that has ended.</summary>
    public IoState EndWrite()
    {
        if (!IsWriting)
        {
            return IoState.Done;
        }

        if (!_hasWritten)
        {
            return IoState.Pending;
        }

        IsWriting = false;
        try
        {
            _write.GetAwaiter().GetResult();
            return IoState.Done;
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            Failure ??= exception.Message;
            return IoState.Lost;
        }
    }

    /// <summary>Takes note of what ended with the connection, so that nothing is left unobserved.</summary>
    public void Reap()
    {
        if (_isReading && _hasRead)
        {
            EndRead(out _);
        }

        EndWrite();
    }

    /// <summary>Whether an exception of a stream means no more than that the other side, or we, have closed it.</summary>
    public static bool IsLoss(Exception exception) =>
        exception is IOException or SocketException or ObjectDisposedException or AuthenticationException or OperationCanceledException;

    private IoState EndRead(out int count)
    {
        _isReading = false;
        count = 0;
        try
        {
            count = _read.GetAwaiter().GetResult();
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            Failure ??= exception.Message;
            return IoState.Lost;
        }

        if (count == 0)
        {
            Failure ??= "The server closed the connection.";
            return IoState.Lost;
        }

        return IoState.Done;
    }
}
