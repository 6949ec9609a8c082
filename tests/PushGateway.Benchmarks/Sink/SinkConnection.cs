using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace PushGateway.Benchmarks.Sink;

/// <summary>
/// One connection, on a thread of its own with blocking reads: what is cheapest when a few connections are always busy. Reads frame
/// headers only; what a request says is not looked at, unless the numbers of events are asked for.
/// </summary>
/// <remarks>Answers have no body, so the client's flow-control windows do not matter.</remarks>
internal sealed class SinkConnection : IDisposable
{
    /// <summary>Answers that leave in one write, at most.</summary>
    public const int OutputBytes = 16 * 1024;

    private const int InputBytes = 128 * 1024;

    /// <summary>Announced for every stream; the sink never extends it, so a request's body must be shorter.</summary>
    private const int StreamWindow = 1 << 20;

    /// <summary>RFC 9113, section 6.9.2: how large the connection's window is to begin with.</summary>
    private const int DefaultWindow = 65_535;

    private const int ConnectionWindow = int.MaxValue;

    private readonly Lock _writing = new();
    private readonly SslStream _tls;
    private readonly SslServerAuthenticationOptions _tlsOptions;
    private readonly SinkOptions _options;
    private readonly AnswerFrames _answer;
    private readonly FirstRequest _first;
    private readonly Arrivals? _arrivals;
    private readonly DelayedAnswers? _delayed;
    private readonly FaultAnswers? _faults;
    private readonly int _goAwayAfter;
    private readonly byte[] _input = new byte[InputBytes];
    private readonly byte[] _output = new byte[OutputBytes];
    private readonly byte[] _delayedOutput = new byte[OutputBytes];
    private int _filled;
    private int _written;
    private long _readAt;
    private int _unannounced;
    private bool _endsWithHeaders;
    private int _highestStream;
    private bool _isGoingAway;

    /// <param name="number">Of the connection at its sink, from 1.</param>
    public SinkConnection(
        Socket socket, long number, SslServerAuthenticationOptions tlsOptions, SinkOptions options, AnswerFrames answer, FirstRequest first, Arrivals? arrivals)
    {
        _goAwayAfter = number <= FaultAnswers.WarmUpConnections ? FaultAnswers.WarmUpInterval : FaultAnswers.GoAwayInterval;
        (_tlsOptions, _options, _answer, _first, _arrivals) = (tlsOptions, options, answer, first, arrivals);
        _faults = options.Faults == FaultKind.None ? null : new FaultAnswers(options.Faults);
        _tls = new SslStream(new WireStream(socket, Counters));
        if (options.Delay > TimeSpan.Zero)
        {
            _delayed = new DelayedAnswers(options.Delay, answer.Length, SendDelayed, Counters);
        }
    }

    public SinkCounters Counters { get; } = new();

    /// <summary>Serves until the client closes.</summary>
    /// <returns><see langword="false"/> when the handshake failed, the client broke the protocol or went away without closing.</returns>
    public bool Run()
    {
        try
        {
            _tls.AuthenticateAsServer(_tlsOptions);
            Greet();
            if (_delayed is not null)
            {
                new Thread(RunDelayed) { IsBackground = true, Name = "sink delayed answers" }.Start();
            }

            Serve();
            return true;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or InvalidDataException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            _delayed?.Close();
        }
    }

    public void Dispose() => _tls.Dispose();

    private void Greet()
    {
        WriteFrameHeader(12, FrameTypes.Settings, 0, 0);
        WriteSetting(FrameTypes.MaxConcurrentStreams, (uint)_options.Streams);
        WriteSetting(FrameTypes.InitialWindowSize, StreamWindow);
        WriteWindowUpdate(ConnectionWindow - DefaultWindow);
        Flush();
    }

    private void Serve()
    {
        var preface = FrameTypes.Preface;
        while (_filled < preface.Length)
        {
            if (!Read())
            {
                return;
            }
        }

        if (!_input.AsSpan().StartsWith(preface))
        {
            throw new InvalidDataException("The client does not speak HTTP/2.");
        }

        Consume(preface.Length);
        do
        {
            Consume(HandleFrames());
            Flush();
        }
        while (Read());
    }

    private bool Read()
    {
        var read = _tls.Read(_input, _filled, _input.Length - _filled);
        _readAt = Stopwatch.GetTimestamp();
        _filled += read;
        Counters.BytesIn += read;
        return read > 0;
    }

    private void Consume(int count)
    {
        _filled -= count;
        _input.AsSpan(count, _filled).CopyTo(_input);
    }

    /// <returns>Bytes of whole frames.</returns>
    private int HandleFrames()
    {
        var at = 0;
        while (_filled - at >= FrameTypes.HeaderLength)
        {
            // Length in 24 bits, type and flags in 8 each.
            var start = BinaryPrimitives.ReadUInt64BigEndian(_input.AsSpan(at));
            var length = (int)(start >> 40);
            if (length > FrameTypes.MaxPayload)
            {
                throw new InvalidDataException("A frame is larger than allowed.");
            }

            var end = at + FrameTypes.HeaderLength + length;
            if (end > _filled)
            {
                break;
            }

            var stream = BinaryPrimitives.ReadInt32BigEndian(_input.AsSpan(at + 5)) & int.MaxValue;
            HandleFrame((byte)(start >> 32), (byte)(start >> 24), stream, _input.AsSpan(at + FrameTypes.HeaderLength, length));
            at = end;
        }

        return at;
    }

    private void HandleFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameTypes.Data:
                Announce(payload.Length);
                _arrivals?.Note(payload, _readAt);
                if ((flags & FrameTypes.EndStream) != 0)
                {
                    Answer(stream);
                }

                break;
            case FrameTypes.Headers:
                _first.Note(_readAt);
                _endsWithHeaders = (flags & FrameTypes.EndStream) != 0;
                _highestStream = _isGoingAway ? _highestStream : stream;
                goto case FrameTypes.Continuation;
            case FrameTypes.Continuation:
                if (_endsWithHeaders && (flags & FrameTypes.EndHeaders) != 0)
                {
                    Answer(stream);
                }

                break;
            case FrameTypes.Settings when (flags & FrameTypes.Ack) == 0:
                WriteFrameHeader(0, FrameTypes.Settings, FrameTypes.Ack, 0);
                break;
            case FrameTypes.Ping when (flags & FrameTypes.Ack) == 0:
                WriteFrameHeader(payload.Length, FrameTypes.Ping, FrameTypes.Ack, 0);
                payload.CopyTo(Reserve(payload.Length));
                break;
            case FrameTypes.GoAway:
                Counters.GoAways++;
                break;
        }
    }

    private void Answer(int stream)
    {
        if (stream > _highestStream)
        {
            // Above the last stream of the GOAWAY: not processed, and sent again on another connection.
            return;
        }

        Counters.Requests++;
        if (_delayed is not null)
        {
            _delayed.Add(stream, _readAt);
            return;
        }

        ReadOnlySpan<byte> refusal = _faults is null ? [] : _faults.Pick(Counters.Requests, Counters);
        if (refusal.Length > 0)
        {
            FaultAnswers.Write(refusal, Reserve(refusal.Length), stream);
        }
        else
        {
            _answer.Write(Reserve(_answer.Length), stream);
        }

        if (_faults is not null && !_isGoingAway && Counters.Requests >= _goAwayAfter)
        {
            GoAway();
        }
    }

    /// <summary>Streams begun are still answered; the client closes when it has the answers.</summary>
    private void GoAway()
    {
        _isGoingAway = true;
        Counters.GoAwaysSent++;
        WriteFrameHeader(8, FrameTypes.GoAway, 0, 0);
        var payload = Reserve(8);
        BinaryPrimitives.WriteInt32BigEndian(payload, _highestStream);
        BinaryPrimitives.WriteInt32BigEndian(payload[4..], 0);
    }

    /// <summary>Extends the connection's window when half of it is used.</summary>
    private void Announce(int bytes)
    {
        _unannounced += bytes;
        if (_unannounced > ConnectionWindow / 2)
        {
            WriteWindowUpdate(_unannounced);
            _unannounced = 0;
        }
    }

    private void WriteFrameHeader(int length, byte type, byte flags, int stream)
    {
        var header = Reserve(FrameTypes.HeaderLength);
        BinaryPrimitives.WriteUInt64BigEndian(header, ((ulong)length << 40) | ((ulong)type << 32) | ((ulong)flags << 24));
        BinaryPrimitives.WriteInt32BigEndian(header[5..], stream);
    }

    private void WriteSetting(ushort id, uint value)
    {
        var setting = Reserve(6);
        BinaryPrimitives.WriteUInt16BigEndian(setting, id);
        BinaryPrimitives.WriteUInt32BigEndian(setting[2..], value);
    }

    private void WriteWindowUpdate(int increment)
    {
        WriteFrameHeader(4, FrameTypes.WindowUpdate, 0, 0);
        BinaryPrimitives.WriteInt32BigEndian(Reserve(4), increment);
    }

    private Span<byte> Reserve(int length)
    {
        if (_written + length > _output.Length)
        {
            Flush();
        }

        _written += length;
        return _output.AsSpan(_written - length, length);
    }

    private void Flush()
    {
        if (_written > 0)
        {
            Send(_output, _written);
            _written = 0;
        }
    }

    private void Send(byte[] buffer, int length)
    {
        lock (_writing)
        {
            _tls.Write(buffer, 0, length);
            Counters.BytesOut += length;
        }
    }

    private void RunDelayed()
    {
        try
        {
            _delayed!.Run();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The client is gone; the reading thread notices too and says so.
        }
    }

    private void SendDelayed(ReadOnlySpan<int> streams)
    {
        var length = 0;
        foreach (var stream in streams)
        {
            _answer.Write(_delayedOutput.AsSpan(length), stream);
            length += _answer.Length;
        }

        Send(_delayedOutput, length);
    }
}
