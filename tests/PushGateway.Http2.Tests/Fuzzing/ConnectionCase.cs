using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Connections;
using PushGateway.Http2.Pooling;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>
/// One connection's life, as a tape decides it: what the server sends and how it arrives, what ends when, what the pool does, how it ends.
/// Runs on one thread with a clock of its own, so that the same tape is the same life.
/// </summary>
internal sealed class ConnectionCase : IDisposable
{
    private const int MaxStreams = 8;
    private const int MaxRequests = 12;
    private const int MaxControlBytes = 33 * 1024;
    private const int MaxBlockBytes = 64 * 1024;
    private const int RecordBytes = 16 * 1024;
    private const int MaxHeaderBytes = 20 * 1024;
    private const int TableBytes = 4096;
    private const int MaxRoundsToEnd = 2_000;

    // Half seconds: those that a request may take, and some more.
    private const int MaxRoundsToClose = 40;

    private static readonly byte[] s_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private static readonly Uri s_endpoint = new("https://fuzz.example");
    private static readonly TimeSpan s_requestTimeout = TimeSpan.FromSeconds(10);

    private readonly Tape _tape;
    private readonly PostPool _pool;
    private readonly Behaviour _behaviour;
    private readonly Action<string>? _trace;
    private readonly bool _isPolite;
    private readonly bool _isStuck;
    private readonly PostPoolOptions _options;
    private readonly FakeTimeProvider _clock = new();
    private readonly ErrorLog _log = new();
    private readonly TurnQueue _turns = new();
    private readonly ClientRules _rules = new();
    private readonly DeliveredFrames _delivered;
    private readonly FrameSplitter _written = new();
    private readonly FuzzServer _server;
    private readonly FuzzBatch[] _batches;
    private readonly FuzzSource _source;
    private readonly ScriptedStream _stream;
    private readonly Http2Connection _connection;
    private readonly Dictionary<(FuzzBatch Batch, int Index), (int StreamId, TimeSpan BegunAt)> _streamOf = [];
    private readonly long _startedAt;
    private readonly int _maxOutputBytes;

    private string? _failure;
    private int _prefaceLeft = s_preface.Length;
    private bool _hasAccepted;
    private bool _saidGoAway;
    private bool _isCut;
    private int _lastWritten;

    /// <param name="pool">Owns the tickets, and is not used otherwise.</param>
    /// <param name="behaviour">Takes note of what the connection did.</param>
    /// <param name="trace">Gets what happens, line by line.</param>
    public ConnectionCase(byte[] tape, PostPool pool, Behaviour behaviour, Action<string>? trace = null)
    {
        (_tape, _pool, _behaviour, _trace) = (new Tape(tape), pool, behaviour, trace);
        _isPolite = _tape.OneIn(3);

        // A write under way at the end goes on for ever.
        _isStuck = !_isPolite && _tape.OneIn(8);
        _options = new PostPoolOptions
        {
            Endpoint = s_endpoint,
            StreamsPerConnection = _tape.Pick(4, 1, 2, MaxStreams),
            SingleStreamUntilAccepted = _tape.OneIn(8),
            MaxBodyBytes = _tape.Pick(16_384, 1, 16, 1_000),
            RequestTimeout = s_requestTimeout,
            PingDelay = TimeSpan.FromSeconds(5),
            PingTimeout = TimeSpan.FromSeconds(2),
            PingsWhenIdle = _tape.OneIn(2),
            ConnectionLifetime = TimeSpan.FromMinutes(1),
        };
        _batches = [.. Enumerable.Range(0, 1 + _tape.Below(2)).Select(NewBatch)];
        _maxOutputBytes = 2 * (s_preface.Length + MaxControlBytes + RecordBytes + (MaxStreams * MaxHeaderBytes) +
            _batches.Sum(batch => Enumerable.Range(0, batch.Count).Sum(index => batch.BodyLength(index) + 1024)));
        _server = new FuzzServer(_tape, _isPolite);
        _delivered = new DeliveredFrames(_rules, trace);
        _source = new FuzzSource(pool, _tape, _batches, OnReturned);
        _stream = new ScriptedStream(_tape, _delivered.Add, OnWritten);
        var firstStreamId = _isPolite || !_tape.OneIn(32) ? 1 : int.MaxValue - (_tape.Below(200) * 2);
        _startedAt = _clock.GetTimestamp();
        _connection = new Http2Connection(_stream, null, _source, _options, _clock, _log, firstStreamId, _turns.Add);
    }

    /// <exception cref="FuzzFailureException">The connection did what it must not.</exception>
    public void Run()
    {
        _server.Begin();
        _connection.Start();
        Settle();
        while (!_tape.IsAtEnd && !_connection.Closed.IsCompleted)
        {
            Step();
            Check();
        }

        BringToEnd();
        Close();
        _behaviour.Note(HashCode.Combine(1, _connection.EndReason?.Split(':', '(')[0]), _connection.EndReason?[..Math.Min(24, _connection.EndReason.Length)]);
    }

    public void Dispose() => _stream.Dispose();

    private bool EndWrite() => !_isStuck && _stream.CompleteWrite();

    private FuzzBatch NewBatch(int number)
    {
        var lengths = new int[1 + _tape.Below(6)];
        for (var index = 0; index < lengths.Length; index++)
        {
            lengths[index] = _tape.Pick(20, 0, 200, 3_000, 20_000, 70_000);
        }

        var batch = new FuzzBatch(number, lengths, OnAnswer) { Headers = _tape.Pick(0, 0, 0, 1, 1, 2) };
        batch.Ticket = new BatchTicket(_pool, batch);
        return batch;
    }

    private void Step()
    {
        var step = _tape.Below(24);
        _trace?.Invoke($"step {step}, {_connection.OpenStreams} open");
        switch (step)
        {
            case <= 11:
                _server.Play();
                _stream.Send(_server.Take());
                _stream.CompleteRead();
                break;
            case <= 14:
                _stream.CompleteRead();
                break;
            case <= 17:
                _stream.CompleteWrite();
                break;
            case 18:
                _clock.Advance(TimeSpan.FromMilliseconds(_tape.Pick(1, 10, 100)));
                break;
            case 19 when !_isPolite:
                _clock.Advance(TimeSpan.FromMilliseconds(_tape.Pick(1_000, 100, 2_500, 11_000)));
                break;
            case 20:
                _connection.Wake();
                break;
            case 21 when _tape.OneIn(4):
                StopBatch();
                break;
            case 22 when _tape.OneIn(8):
                _connection.Retire();
                break;
            case 23 when !_isPolite && _tape.OneIn(8):
                Cut();
                break;
        }

        // Sometimes other things happen before the connection has its turn.
        if (!_tape.OneIn(8))
        {
            Settle();
        }
        else
        {
            _turns.RunOne();
        }
    }

    private void Settle()
    {
        _turns.RunAll();
        _behaviour.Note(_delivered.Kind, HashCode.Combine(Math.Min(_connection.OpenStreams, 3), _source.Leavings, _saidGoAway, _stream.IsWriting, _source.HasWaiting));
    }

    private void StopBatch()
    {
        var batch = _batches[_tape.Below(_batches.Length)];
        switch (_tape.Below(3))
        {
            case 0:
                _pool.Stop(batch.Ticket!);
                break;
            case 1:
                batch.IsClosed = true;
                break;
            default:
                batch.IsBroken = true;
                break;
        }
    }

    private void Cut()
    {
        _isCut = true;
        switch (_tape.Below(5))
        {
            case 0:
                _stream.End();
                break;
            case 1:
                _connection.Abort();
                break;
            case 2:
                _stream.FailWrite();
                break;
            case 3:
                _stream.BreakWrites();
                break;
            default:
                _stream.FailRead();
                break;
        }
    }

    /// <summary>From here on the server behaves, or says nothing more. Either way every request has its outcome after that.</summary>
    private void BringToEnd()
    {
        _trace?.Invoke("to the end");
        if (_isPolite || _tape.OneIn(2))
        {
            _server.BeginToEnd();
            for (var round = 0; round < MaxRoundsToEnd && (IsUnfinished || !_connection.Ready.IsCompleted) && !_connection.Closed.IsCompleted; round++)
            {
                _server.GoToEnd();
                _stream.Send(_server.Take());
                _stream.CompleteRead();
                EndWrite();
                Settle();
                Check();
                if (!_isPolite && _stream.Unread == 0 && round > 20)
                {
                    // Whatever the server says is lost in half a frame.
                    break;
                }
            }

            Require(!_isPolite || !IsUnfinished || _source.Leavings > 0, "A server that behaves is not sent all requests, or not understood.");
        }

        Require(!_isPolite || _source.Leavings > 0 || _connection.Ready.IsCompletedSuccessfully, "A server that behaves is not recognised.");
        // Each time that the open ones run out of time, others may take their place.
        for (var round = 0; round < MaxRequests && _connection.OpenStreams > 0; round++)
        {
            EndWrite();
            _clock.Advance(s_requestTimeout + TimeSpan.FromSeconds(1));
            Settle();
            Check();
        }

        Require(_connection.OpenStreams == 0 || _connection.Closed.IsCompleted, "A request outlives its time.");
    }

    /// <summary>Whether a request of the connection, or one that it should begin, has no outcome.</summary>
    private bool IsUnfinished => _connection.OpenStreams > 0 || _source.HasWaiting;

    private void Close()
    {
        CheckAtRest();
        _connection.Retire();
        Settle();
        for (var round = 0; round < MaxRoundsToClose && !_connection.Closed.IsCompleted; round++)
        {
            EndWrite();
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            Settle();
        }

        Check();
        Require(_connection.Closed.IsCompleted, "The connection does not close.");
        Require(_source is { Leavings: 1, Closings: 1 }, $"It is told {_source.Leavings} times that the connection leaves, {_source.Closings} times that it has closed.");
        Require(!_stream.IsReading && !_stream.IsWriting, "A read or a write is left.");
        foreach (var batch in _batches)
        {
            CheckOutcomes(batch);
        }

        // Observed, so that nobody else has to.
        _ = _connection.Ready.Exception;
    }

    private void CheckOutcomes(FuzzBatch batch)
    {
        _pool.Stop(batch.Ticket!);
        var run = batch.Ticket!.RunAsync(CancellationToken.None);
        Require(run.IsCompleted, "A batch waits for an answer that does not come.");
        Require(run.IsFaulted == (run.Exception?.InnerException is InvalidOperationException), "A batch ends with an exception that is not its own: " + run.Exception);
        Require(run.IsCompletedSuccessfully || batch.IsBroken, "A batch without a bug fails.");
        for (var index = 0; index < batch.Count; index++)
        {
            Require(batch.Answered(index) == (batch.Begun(index) > 0 ? 1 : 0), $"A request begun {batch.Begun(index)} times has {batch.Answered(index)} outcomes.");
        }
    }

    /// <summary>What holds at any time.</summary>
    private void Check()
    {
        Require(_log.Error is null, _log.Error!);
        Require(!_stream.HasTouchedWrite, "Bytes of a write were changed before it had ended.");
        Require(_connection.OpenStreams <= _options.StreamsPerConnection, "More streams than the options allow.");
        Require(ConnectionState.Capacity(ConnectionState.Control(_connection)) <= 2 * MaxControlBytes, "The control frames grow.");
        Require(ConnectionState.Capacity(ConnectionState.Output(_connection)) <= _maxOutputBytes, "The output grows.");
        Require(ConnectionState.BlockCapacity(_connection) <= 2 * MaxBlockBytes, "The header block grows.");
        Require(ConnectionState.Halted(_connection) <= (2 * MaxStreams) + 1, "The list of halted streams grows.");
        var decoder = ConnectionState.Decoder(_connection);
        Require(decoder.Table.Size <= TableBytes && decoder.ScratchBytes <= 2 * RecordBytes, "The decoder grows.");
        Require(ConnectionState.EncoderTable(_connection).Size <= TableBytes, "The encoder's table grows.");
        _behaviour.Note(HashCode.Combine(2, Math.Min(decoder.Table.Count, 6), decoder.Table.Capacity), Math.Min(ConnectionState.EncoderTable(_connection).Count, 6));
    }

    /// <summary>What holds when nothing is under way but a read: all that was asked for is answered.</summary>
    private void CheckAtRest()
    {
        while (!_connection.Closed.IsCompleted && (EndWrite() || (_stream.Unread > 0 && _stream.CompleteRead())))
        {
            Settle();
        }

        Check();
        if (!_connection.Closed.IsCompleted && !_saidGoAway && !_isCut && !_stream.IsWriting)
        {
            Require(_delivered.IsBroken || _rules.Unacknowledged == 0, "SETTINGS are not acknowledged.");
            Require(_delivered.IsBroken || _delivered.Pings.Count == 0, "A PING is not answered.");
            Require(!_delivered.IsBroken, "A breach of the protocol is put up with.");
        }
    }

    private void OnWritten(ReadOnlySpan<byte> bytes)
    {
        Require(!_saidGoAway, "Something follows the GOAWAY.");
        for (; _prefaceLeft > 0 && bytes.Length > 0; bytes = bytes[1..])
        {
            Require(bytes[0] == s_preface[^_prefaceLeft], "It does not begin with the preface.");
            _prefaceLeft--;
        }

        _written.Add(bytes);
        while (_written.Take() is { } frame)
        {
            OnFrame(frame);
        }

        Require(_written.IsEmpty, "A write ends within a frame.");
    }

    private void OnFrame(WireFrame frame)
    {
        var kind = HashCode.Combine((int)frame.Type, frame.Flags, frame.Type is WireFrameType.RstStream or WireFrameType.GoAway ? (int)frame.Error : 0);
        _behaviour.Note(_lastWritten, kind);
        _lastWritten = kind;
        _trace?.Invoke($"  client: {frame}");
        Require(!_saidGoAway, "Something follows the GOAWAY.");
        ReceivedRequest? request;
        try
        {
            request = _rules.Received(frame);
        }
        catch (InvalidDataException broken)
        {
            Require(false, broken.Message);
            return;
        }

        _server.Received(frame, request);
        switch (frame.Type)
        {
            case WireFrameType.Ping when frame.IsAck:
                Require(_delivered.Pings.TryDequeue(out var ping) && ping.AsSpan().SequenceEqual(frame.Payload), "A PING is answered that was not sent.");
                break;
            case WireFrameType.GoAway:
                _saidGoAway = true;
                Require(!_isPolite || frame.Error == WireError.NoError, $"A server that behaves is told {frame.Error}: {_connection.EndReason}");
                break;
            case WireFrameType.Headers or WireFrameType.Continuation when request is not null:
                OnBegun(request);
                break;
        }

        if (request is { HasEnded: true })
        {
            var (batch, index) = FuzzBatch.Parse(request.Path);
            Require(request.BodyLength == _batches[batch].BodyLength(index), "A body is not as long as it was.");
        }
    }

    private void OnBegun(ReceivedRequest request)
    {
        var (batch, index) = FuzzBatch.Parse(request.Path);
        _streamOf[(_batches[batch], index)] = (request.StreamId, _clock.GetElapsedTime(_startedAt));
        Require(!_options.SingleStreamUntilAccepted || _hasAccepted || _rules.OpenStreams <= 1, "More than one stream before one was accepted.");
        Require(request.StreamId <= _delivered.LastStreamId || _delivered.LastStreamId == int.MaxValue, "A stream is opened after the server's GOAWAY.");
    }

    private void OnReturned(FuzzBatch batch, int index)
    {
        if (!_streamOf.TryGetValue((batch, index), out var sent))
        {
            // Writes have failed before its first frame went out. Of what the server has not heard of it can only speak with a GOAWAY.
            _trace?.Invoke($"  returned: {index}, not sent");
            Require(_isCut, "A request is sent again that was never sent.");
            Require(_delivered.LastStreamId != int.MaxValue, "A request is sent again that nobody refused.");
            return;
        }

        _trace?.Invoke($"  returned: {index} on {sent.StreamId}");
        var stream = _delivered.Stream(sent.StreamId);
        Require(stream.IsRefused, "A request is sent again although it may have been processed.");
        _behaviour.Note(3, stream.IsReset);
    }

    private void OnAnswer(FuzzBatch batch, int index, FuzzAnswer answer)
    {
        _behaviour.Note(HashCode.Combine(4, answer.Fault, answer.Detail?.Split(':')[0]), HashCode.Combine(answer.Status, answer.Body.Length > 0));
        _trace?.Invoke($"  answer to {index}: {answer.Status} {answer.Fault} {answer.Detail}");
        if (!_streamOf.TryGetValue((batch, index), out var sent))
        {
            Require(_isCut, "A request has an outcome and was not sent.");
            return;
        }

        var stream = _delivered.Stream(sent.StreamId);
        switch (answer.Fault)
        {
            case PostFault.None:
                _hasAccepted |= answer.Status == 200;
                CheckAnswer(stream, answer);
                break;
            case PostFault.Timeout:
                Require(_clock.GetElapsedTime(_startedAt) - sent.BegunAt >= s_requestTimeout, "A request ends before its time.");
                break;
            case PostFault.ConnectionLost:
                Require(!_isPolite || stream.IsReset, "A server that behaves is not understood: " + answer.Detail);
                break;
            case PostFault.Refused:
                Require(batch.Begun(index) > 0, "A request was refused and never sent.");
                break;
            default:
                Require(false, $"A connection cannot know of {answer.Fault}.");
                break;
        }
    }

    private void CheckAnswer(DeliveredStream stream, FuzzAnswer answer)
    {
        Require(stream.HasHead, "An answer without a head.");
        Require(_delivered.HasLostTable || stream.Status == 0 || answer.Status == stream.Status, $"The status is {stream.Status}, the answer's {answer.Status}.");
        Require(stream.HasEnded || stream.Body.Count >= _options.MaxBodyBytes, "An answer that has not ended.");
        var expected = CollectionsMarshal.AsSpan(stream.Body)[..Math.Min(stream.Body.Count, _options.MaxBodyBytes)];
        Require(expected.SequenceEqual(answer.Body), "Not the body that was sent.");
    }

    // Kept as well as thrown: what is thrown within a turn is caught there.
    private void Require(bool condition, string failure)
    {
        if (!condition)
        {
            _failure ??= failure;
        }

        FuzzFailureException.Unless(_failure is null, _failure!);
    }
}
