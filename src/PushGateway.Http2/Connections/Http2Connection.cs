using System.Net;
using System.Net.Security;
using System.Text;
using Microsoft.Extensions.Logging;
using PushGateway.Http2.Frames;
using PushGateway.Http2.Hpack;
using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Connections;

/// <summary>One HTTP/2 connection to a server, for many small POSTs: RFC 9113.</summary>
/// <remarks>
/// <para>One owner: everything but the members marked as safe runs in <see cref="Execute"/>, which never runs twice at a time. It is
/// started by the end of a read or a write, by the timer, or by <see cref="Wake"/>, and never waits: what has to be waited
/// for starts it again. So nothing is locked, and reading goes on while a write does not (a server that does not read until
/// we do cannot block us).</para>
/// <para>It takes requests from its source when it has streams for them, writes the frames of as many as are there into one
/// buffer, and hands that to TLS a record at a time. A lone request is written at once.</para>
/// </remarks>
internal sealed class Http2Connection : IThreadPoolWorkItem, IConnectionEvents
{
    /// <summary>What goes into one TLS record, RFC 8446 section 5.1.</summary>
    private const int RecordBytes = 16 * 1024;
    private const int MaxHeaderListBytes = 16 * 1024;

    /// <summary>Rounds before others get their turn on this thread.</summary>
    private const int MaxRounds = 4;
    private const int MaxReadsPerRound = 4;

    private static readonly TimeSpan s_busyTick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_idleTick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(1);

    private readonly Stream _stream;
    private readonly IRequestSource _source;
    private readonly PostPoolOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Action<IThreadPoolWorkItem> _schedule;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly PeerSettings _settings = new();
    private readonly ControlFrames _control = new();
    private readonly OutputBuffer _output = new(RecordBytes + 4096);
    private readonly StreamTable _streams;
    private readonly RequestWriter _writer;
    private readonly AnswerDelivery _delivery;
    private readonly AnswerReader _reader;
    private readonly ReceiveWindow _window;
    private readonly KeepAlive _keepAlive;
    private readonly StallMeter _stall;
    private readonly PostRequest _request = new();
    private readonly FrameInput _input = new();
    private readonly FrameHandler _handler;
    private readonly PeerIo _io;
    private readonly TimeSpan _busyTick;

    private ITimer? _timer;
    private int _signal;
    private int _tickDue;
    private volatile bool _isRetired;

    private bool _isLeaving;
    private bool _isClosing;
    private bool _isClosed;

    /// <summary>A write has failed. What the server said before that may be unread, and is worth reading.</summary>
    private bool _isMute;
    private bool _isTickingSlowly;
    private long _closingSince;
    private int _lastRequestBytes = 256;

    /// <summary>No open request was begun before this; that it may be older than all of them costs a look now and then.</summary>
    private long _oldestBegunAt;

    /// <param name="stream">Connected; belongs to the connection from now on.</param>
    /// <param name="address">Where it leads to, for the pool to spread its connections.</param>
    /// <param name="firstStreamId">Odd; 1 but in tests of what happens when the ids run out.</param>
    /// <param name="schedule">Gives the owner its turns: the thread pool, but in tests that need them in a known order.</param>
    public Http2Connection(
        Stream stream, IPAddress? address, IRequestSource source, PostPoolOptions options, TimeProvider timeProvider, ILogger logger, int firstStreamId = 1,
        Action<IThreadPoolWorkItem>? schedule = null)
    {
        _schedule = schedule ?? (static turn => ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false));
        (_stream, Address, _source, _options, _timeProvider, _logger) = (stream, address, source, options, timeProvider, logger);
        _streams = new StreamTable(options.StreamsPerConnection, firstStreamId);
        var encoder = new HpackEncoder(Encoding.ASCII.GetBytes(options.Endpoint.Scheme), Encoding.ASCII.GetBytes(options.Endpoint.Authority));
        _writer = new RequestWriter(_streams, _settings, encoder, _output);
        _delivery = new AnswerDelivery(source);
        _window = new ReceiveWindow(_control);
        var decoder = new HpackDecoder((int)PeerSettings.DefaultHeaderTableSize, MaxHeaderListBytes);
        _reader = new AnswerReader(_streams, decoder, _window, _control, _delivery, options.MaxBodyBytes, timeProvider);
        _keepAlive = new KeepAlive(options, timeProvider, _control);
        _stall = new StallMeter(timeProvider);
        _busyTick = TimeSpan.FromTicks(Math.Clamp(Math.Min(options.RequestTimeout.Ticks, options.PingTimeout.Ticks) / 10, TimeSpan.TicksPerMillisecond, s_busyTick.Ticks));
        CreatedAt = _oldestBegunAt = timeProvider.GetTimestamp();
        _handler = new FrameHandler(this, _streams, _settings, _control, encoder, _writer, _reader);
        _io = new PeerIo(stream, Continue);
    }

    public IPAddress? Address { get; }

    /// <summary>Timestamp of the pool's clock.</summary>
    public long CreatedAt { get; }

    /// <summary>Completes when the server has sent its SETTINGS, before which nothing is sent, and no GOAWAY with them. Safe.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when the connection is closed and every request on it has its outcome. Safe.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Streams open now; a hint from other threads.</summary>
    public int OpenStreams => _streams.Open;

    /// <summary>Whether it has brought an answer. For the owner and what it calls.</summary>
    public bool HasAnswered => _reader.HasAnswered;

    /// <summary>Whether the server ended it because we ask too much: ENHANCE_YOUR_CALM. For the owner and what it calls.</summary>
    public bool IsUnwelcome { get; private set; }

    /// <summary>Whether it ends because we want it to. Safe.</summary>
    public bool IsRetired => _isRetired;

    /// <summary>Why the connection ended, in words.</summary>
    public string? EndReason { get; private set; }

    /// <summary>Written and read by the pool, under its lock.</summary>
    public PoolEntry Entry { get; } = new();

    /// <summary>Streams that may be open at a time.</summary>
    private int Limit => _options.SingleStreamUntilAccepted && !_reader.HasAccepted
        ? (int)Math.Min(1, _settings.MaxConcurrentStreams)
        : (int)Math.Min((uint)_streams.Capacity, _settings.MaxConcurrentStreams);

    public void Start()
    {
        _control.AddPreface(PeerSettings.DefaultHeaderTableSize, MaxHeaderListBytes);
        _window.Open();
        _timer = _timeProvider.CreateTimer(
            static state =>
            {
                var connection = (Http2Connection)state!;
                Volatile.Write(ref connection._tickDue, 1);
                connection.Wake();
            },
            this, _busyTick, _busyTick);
        Wake();
    }

    /// <summary>There may be something to do. Safe.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _signal, 2) == 0)
        {
            _schedule(this);
        }
    }

    /// <summary>Begins no further request; closes when those under way are answered. Safe.</summary>
    public void Retire()
    {
        _isRetired = true;
        Wake();
    }

    /// <summary>Closes now; requests under way end with an unknown outcome. Safe.</summary>
    public void Abort() => _stream.Dispose();

    /// <summary>The owner's turn: see the remarks on the class.</summary>
    public void Execute()
    {
        do
        {
            // A full fence: what is looked at from here on must not be older than the signal that is taken down here. Otherwise a wake-up
            // between the two would be overwritten, and what it stood for not seen.
            Interlocked.Exchange(ref _signal, 1);
            if (!RunRounds())
            {
                // Others have a right to the thread too; the turn is not given up, but goes on later.
                _schedule(this);
                return;
            }
        }
        while (Interlocked.CompareExchange(ref _signal, 0, 1) != 1);
    }

    /// <summary>A read or write has ended: goes on at once on this thread, which has nothing else to do.</summary>
    private void Continue()
    {
        if (Interlocked.Exchange(ref _signal, 2) == 0)
        {
            Execute();
        }
    }

    /// <returns><see langword="false"/> when there is more to do.</returns>
    private bool RunRounds()
    {
        try
        {
            _stall.End(_timeProvider.GetTimestamp());
            for (var round = 0; round < MaxRounds; round++)
            {
                if (!RunRound())
                {
                    Rest();
                    return true;
                }
            }

            return false;
        }
        catch (ConnectionErrorException error)
        {
            Http2Log.PeerAtFault(_logger, _options.Endpoint.Authority, error.Message);
            BeginClosing(error.Code, error.Message);
        }
#pragma warning disable CA1031 // A bug here must not take the process down with every other connection; the requests end as unknown and it is told.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            Http2Log.ConnectionFailed(_logger, _options.Endpoint.Authority, bug);
            BeginClosing(ErrorCode.InternalError, "Internal error.");
        }

        // The next round writes the farewell.
        return false;
    }

    /// <returns>Whether anything was done, so that there may be more.</returns>
    private bool RunRound()
    {
        if (_isClosed)
        {
            _io.Reap();
            return false;
        }

        var progress = Receive();
        if (_handler.IsReady && !_isLeaving)
        {
            // Not before all that came is read: a server may say GOAWAY in the same breath.
            _ready.TrySetResult();
        }

        if (!_isClosed && Interlocked.Exchange(ref _tickDue, 0) != 0)
        {
            OnTick(_timeProvider.GetTimestamp());
        }

        if (!_isClosed)
        {
            progress |= Transmit();
        }

        _delivery.Flush();
        return progress && !_isClosed;
    }

    /// <summary>Before waiting: is it time to go, and is it for want of streams that there is nothing to do?</summary>
    private void Rest()
    {
        if (_isClosed)
        {
            return;
        }

        if ((_isRetired || _isLeaving) && _streams.Open == 0 && !_isClosing && !_isMute)
        {
            BeginClosing(ErrorCode.NoError, null);
            if (!_io.IsWriting)
            {
                Transmit();
            }
        }

        if (_isMute ? _streams.Open == 0 : _isClosing && !_io.IsWriting && _control.IsEmpty)
        {
            Close();
        }
        else if (_handler.IsReady && _source.HasWaiting && _streams.Open >= Limit)
        {
            _stall.Begin(_timeProvider.GetTimestamp());
        }
    }

    private bool Receive()
    {
        for (var reads = 0; reads < MaxReadsPerRound && !_isClosing; reads++)
        {
            switch (_io.Read(_input.Room, out var count))
            {
                case IoState.Pending:
                    return reads > 0;
                case IoState.Lost:
                    Lose(_io.Failure!);
                    return true;
                default:
                    _keepAlive.OnReceived(_timeProvider.GetTimestamp());
                    _input.Add(count);
                    ReadFrames();
                    break;
            }
        }

        return !_isClosing;
    }

    private void ReadFrames()
    {
        while (_input.TryPeek(out var header))
        {
            _handler.Check(header);
            if (!_input.TryTake(header, out var payload))
            {
                break;
            }

            _handler.Handle(header, payload);
        }

        _input.Compact();
    }

    void IConnectionEvents.OnGoAway(int lastStreamId, ErrorCode code, string words)
    {
        EndReason = words.Length > 0 ? $"The server said GOAWAY: {code}, {words}." : $"The server said GOAWAY: {code}.";
        IsUnwelcome |= code == ErrorCode.EnhanceYourCalm;
        if (!_isLeaving)
        {
            // First, so that what goes back to the pool does not come here again.
            Leave();
            Http2Log.GoingAway(_logger, _options.Endpoint.Authority, code, words);
        }

        foreach (ref var slot in _streams.Slots)
        {
            // An answer that has begun says otherwise: to send its request again would be to send it twice.
            if (slot.StreamId > lastStreamId && slot.Status == 0)
            {
                var (ticket, index) = (slot.Ticket, slot.Index);
                _streams.Remove(ref slot);
                _delivery.Refuse(ticket, index, EndReason);
            }
        }
    }

    private bool Transmit()
    {
        if (_isMute)
        {
            return false;
        }

        for (var progress = _io.IsWriting; ; progress = true)
        {
            switch (_io.EndWrite())
            {
                case IoState.Pending:
                    return false;
                case IoState.Lost:
                    FallMute();
                    return true;
            }

            Fill();
            if (_output.Length == 0)
            {
                return progress;
            }

            if (_io.Write(_output.Memory) == IoState.Lost)
            {
                FallMute();
                return true;
            }
        }
    }

    private void Fill()
    {
        _output.Clear();
        if (!_control.IsEmpty)
        {
            _control.MoveTo(_output);
        }

        if (!_handler.IsReady || _isClosing)
        {
            return;
        }

        _writer.Continue();
        if (!_isRetired && !_isLeaving)
        {
            BeginRequests();
        }
    }

    private void BeginRequests()
    {
        var limit = Limit;
        var now = 0L;
        while (_streams.Open < limit && _output.Length + Math.Min(_lastRequestBytes, RecordBytes) <= RecordBytes && !_writer.IsBlocked)
        {
            if (_streams.IsExhausted)
            {
                _isLeaving = true;
                _source.OnLeaving(this);
                return;
            }

            now = now == 0 ? _timeProvider.GetTimestamp() : now;
            var room = Math.Min(limit - _streams.Open, ((RecordBytes - _output.Length) / _lastRequestBytes) + 1);
            if (!_source.TryClaim(this, room, now, out var claim))
            {
                return;
            }

            Begin(claim, now);
        }
    }

    private void Begin(Claim claim, long now)
    {
        if (_isTickingSlowly)
        {
            _isTickingSlowly = false;
            _timer!.Change(_busyTick, _busyTick);
        }

        for (var number = 0; number < claim.Count; number++)
        {
            var index = claim.First + number;
            if (!claim.Ticket.TryCompose(index, _request))
            {
                _source.Abandon(claim.From(number));
                return;
            }

            ref var slot = ref _streams.Add();
            (slot.Ticket, slot.Index, slot.BegunAt) = (claim.Ticket, index, now);
            var before = _output.Length;
            _writer.Write(ref slot, _request);
            _lastRequestBytes = Math.Max(64, _output.Length - before);
        }
    }

    private void OnTick(long now)
    {
        if (_isClosing || _isMute)
        {
            if (_timeProvider.GetElapsedTime(_closingSince, now) > s_closeLimit)
            {
                Lose("The connection was closed.");
            }

            return;
        }

        if (!_keepAlive.Check(now, _streams.Open > 0))
        {
            Http2Log.NoSignOfLife(_logger, _options.Endpoint.Authority);
            Lose("The server answers no PING.");
            return;
        }

        if (_timeProvider.GetElapsedTime(_oldestBegunAt, now) >= _options.RequestTimeout)
        {
            EndLateRequests(now);
        }

        _source.OnTick(this, _stall.Read(now), now);
        if (_streams.IsNearlyExhausted || _timeProvider.GetElapsedTime(CreatedAt, now) > _options.ConnectionLifetime)
        {
            _source.OnAged(this, now);
        }

        if (_streams.Open == 0 && _handler.IsReady && !_isTickingSlowly)
        {
            _isTickingSlowly = true;
            _timer!.Change(s_idleTick, s_idleTick);
        }
    }

    private void EndLateRequests(long now)
    {
        _oldestBegunAt = now;
        foreach (ref var slot in _streams.Slots)
        {
            if (slot.StreamId == 0)
            {
                continue;
            }

            if (_timeProvider.GetElapsedTime(slot.BegunAt, now) >= _options.RequestTimeout)
            {
                _control.AddRstStream(slot.StreamId, ErrorCode.Cancel);
                _reader.Fail(ref slot, PostFault.Timeout, "No complete answer in time.");
            }
            else
            {
                _oldestBegunAt = Math.Min(_oldestBegunAt, slot.BegunAt);
            }
        }
    }

    /// <summary>Says goodbye: what is open ends as unknown, and after the last write the connection is closed.</summary>
    private void BeginClosing(ErrorCode code, string? words)
    {
        if (_isClosing || _isMute)
        {
            // Goodbye did not work either, or cannot be said.
            Lose(words ?? "The connection was closed.");
            return;
        }

        _isClosing = true;
        _closingSince = _timeProvider.GetTimestamp();
        EndReason ??= words ?? "The connection was closed.";
        Leave();
        FailAll(EndReason);
        _control.AddGoAway(code, words);
    }

    /// <summary>
    /// Nothing can be written any more. A server that closes while requests are still coming in resets the connection, and then the write
    /// fails first, while its last answers and a GOAWAY that names what it never processed wait to be read.
    /// </summary>
    private void FallMute()
    {
        _isMute = true;
        _closingSince = _timeProvider.GetTimestamp();
        EndReason ??= _io.Failure;
        Leave();
    }

    /// <summary>The connection is gone without a goodbye.</summary>
    private void Lose(string reason)
    {
        EndReason ??= reason;
        Leave();
        FailAll(EndReason);
        Close();
    }

    private void Leave()
    {
        if (!_isLeaving)
        {
            _isLeaving = true;
            _source.OnLeaving(this);
        }
    }

    /// <summary>Whether they were processed is unknown: they were sent, and not all of what the server had to say about it has come.</summary>
    private void FailAll(string reason)
    {
        foreach (ref var slot in _streams.Slots)
        {
            if (slot.StreamId != 0)
            {
                _reader.Fail(ref slot, PostFault.ConnectionLost, reason, isOfConnection: true);
            }
        }

        _delivery.Flush();
    }

    private void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _timer?.Dispose();
        EndReason ??= "The connection was closed.";
        _ready.TrySetException(new IOException(EndReason));
        _ = CloseStreamAsync(sayGoodbye: !_io.IsWriting);
        _source.OnClosed(this);
        _closed.TrySetResult();
    }

    private async Task CloseStreamAsync(bool sayGoodbye)
    {
        await using (_stream)
        {
            if (sayGoodbye && _stream is SslStream tls)
            {
                try
                {
                    await tls.ShutdownAsync().WaitAsync(s_closeLimit, _timeProvider);
                }
                catch (Exception exception) when (PeerIo.IsLoss(exception) || exception is TimeoutException)
                {
                    // The other side went first; there is nobody to say goodbye to.
                }
            }
        }
    }
}
