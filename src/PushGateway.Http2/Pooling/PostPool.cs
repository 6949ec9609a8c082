using System.Net;
using Microsoft.Extensions.Logging;
using PushGateway.Http2.Connections;

namespace PushGateway.Http2.Pooling;

/// <summary>The connections to one endpoint, and the batches that wait for them.</summary>
/// <remarks>
/// <para>Connections take requests, a few at a time from each waiting batch in turn, more from the urgent ones. A connection that found
/// nothing is woken when there is something. The lock is held for a few instructions and never while anything is sent, received or called back.</para>
/// <para>It starts with one connection. When all are short of streams for most of their time, as many again are made, up to the bound.</para>
/// </remarks>
internal sealed class PostPool : IPostConnectionPool, IRequestSource
{
    /// <summary>Requests taken from one batch before it is another one's turn.</summary>
    private const int Quantum = 16;

    /// <summary>Requests for which one more idle connection is woken.</summary>
    private const int RequestsPerWake = 64;

    /// <summary>Times a request may be refused before that is its answer.</summary>
    private const int MaxRefusals = 4;

    /// <summary>Connections in a row that end before they have brought an answer; then the server counts as unreachable.</summary>
    private const int MaxFruitless = 3;

    private const double StallLimit = 0.5;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_replacementPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_farewellLimit = TimeSpan.FromSeconds(2);

    private readonly PostPoolOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly ConnectionMaker _maker;
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Of <see cref="_closing"/>, and good after its end too: what was under way may outlast it.</summary>
    private readonly CancellationToken _closed;

    private readonly Lock _lock = new();
    private readonly WaitingBatches _queue = new();
    private readonly List<Http2Connection> _open = [];

    /// <summary>Those of the open ones that found nothing to do, the latest last.</summary>
    private readonly List<Http2Connection> _idle = [];
    private readonly HashSet<Http2Connection> _all = [];
    private int _dials;
    private int _generation;
    private int _fruitless;

    /// <summary>What a new connection waits for before it is made, so that a server that ends each at once is not stormed.</summary>
    private TimeSpan _pause;
    private int _tickets;
    private long _progressAt;
    private bool _isDisposed;
    private TaskCompletionSource? _drained;
    private volatile bool _hasWaiting;

    /// <param name="firstStreamId">Of each connection; odd, and 1 but in tests of what happens when the ids run out.</param>
    public PostPool(PostPoolOptions options, ILogger logger, TimeProvider timeProvider, int firstStreamId = 1)
    {
        (_options, _logger, _timeProvider) = (options, logger, timeProvider);
        _closed = _closing.Token;
        _maker = new ConnectionMaker(options, this, logger, timeProvider, firstStreamId);
    }

    public bool HasWaiting => _hasWaiting;

    public Task SendAsync(PostBatch batch, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0 || stop.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }

        var ticket = new BatchTicket(this, batch);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _tickets++;
            Enqueue(ticket);
            WakeIdle((batch.Count + RequestsPerWake - 1) / RequestsPerWake);
            DialIfNone();
        }

        return ticket.RunAsync(stop);
    }

    public void Reconnect()
    {
        List<Http2Connection> old;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _generation++;
            old = [.. _all];
            foreach (var connection in old)
            {
                TakeOut(connection);
            }

            DialIfNone();
        }

        foreach (var connection in old)
        {
            connection.Retire();
        }

        Http2Log.Reconnecting(_logger, _options.Endpoint.Authority);
    }

    public async ValueTask DisposeAsync()
    {
        Task drained;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_tickets == 0)
            {
                _drained.SetResult();
            }

            drained = _drained.Task;
        }

        await drained;
        await _closing.CancelAsync();
        List<Http2Connection> left;
        lock (_lock)
        {
            left = [.. _all];
        }

        left.ForEach(connection => connection.Retire());
        try
        {
            await Task.WhenAll(left.Select(connection => connection.Closed)).WaitAsync(s_farewellLimit, _timeProvider);
        }
        catch (TimeoutException)
        {
            left.ForEach(connection => connection.Abort());
        }

        _closing.Dispose();
    }

    public bool TryClaim(Http2Connection connection, int max, long now, out Claim claim)
    {
        lock (_lock)
        {
            var entry = connection.Entry;
            claim = default;
            if (!entry.IsOpen)
            {
                return false;
            }

            if (_queue.Next() is not { } ticket)
            {
                if (!entry.IsIdle)
                {
                    entry.IsIdle = true;
                    _idle.Add(connection);
                }

                return false;
            }

            (_progressAt, entry.WasUsed, entry.UsedAt) = (now, true, now);
            claim = ticket.Take(Math.Min(max, Quantum));
            if (ticket.HasMore)
            {
                _queue.Add(ticket);
            }

            _hasWaiting = _queue.Count > 0;
            if (_hasWaiting && claim.Count == max)
            {
                // This one is full now, and there is more.
                WakeIdle(1);
            }

            return true;
        }
    }

    public void Abandon(Claim claim)
    {
        Stop(claim.Ticket);
        if (claim.WasRefused)
        {
            AnswerRefused(claim.Ticket, claim.First);
        }

        claim.Ticket.Finish(claim.Count);
    }

    public void Return(BatchTicket ticket, int index, string detail)
    {
        lock (_lock)
        {
            if (ticket.TryTakeBack(index, MaxRefusals))
            {
                Enqueue(ticket);
                WakeIdle(1);
                DialIfNone();
                return;
            }
        }

        ticket.Answer(index, new PostAnswer { Fault = PostFault.Refused, Detail = detail });
        ticket.Finish(1);
    }

    /// <summary>Leaves what the batch has not begun.</summary>
    public void Stop(BatchTicket ticket)
    {
        int unclaimed;
        Stack<int>? refused;
        lock (_lock)
        {
            Dequeue(ticket);
            unclaimed = ticket.StopTaking(out refused);
        }

        foreach (var index in refused ?? [])
        {
            AnswerRefused(ticket, index);
        }

        ticket.Finish(unclaimed + (refused?.Count ?? 0));
    }

    /// <summary>A batch has come to its end.</summary>
    public void OnFinished()
    {
        lock (_lock)
        {
            if (--_tickets == 0)
            {
                _drained?.TrySetResult();
            }
        }
    }

    public void OnTick(Http2Connection connection, double stalled, long now)
    {
        List<BatchTicket>? stuck = null;
        lock (_lock)
        {
            connection.Entry.Stalled = stalled;
            NoteFruit(connection);
            if (_queue.Count == 0)
            {
                return;
            }

            if (_dials == 0 && _open.Count < _options.Connections && _open.TrueForAll(other => other.Entry.Stalled > StallLimit))
            {
                for (var more = Math.Min(_open.Count, _options.Connections - _open.Count); more > 0; more--)
                {
                    Dial();
                }

                _open.ForEach(other => other.Entry.Stalled = 0);
            }
            else if (_dials == 0 && _timeProvider.GetElapsedTime(_progressAt, now) > _options.RequestTimeout && _open.TrueForAll(other => other.OpenStreams == 0))
            {
                // The server lets us connect and then allows no stream, or no byte of a body.
                stuck = TakeQueue();
            }
        }

        FailWaiting(stuck, PostFault.Unreachable, "The server takes no requests.");
    }

    public void OnAged(Http2Connection connection, long now)
    {
        lock (_lock)
        {
            var entry = connection.Entry;
            if (!entry.IsOpen || entry.IsBeingReplaced)
            {
                return;
            }

            if (_timeProvider.GetElapsedTime(entry.WasUsed ? entry.UsedAt : connection.CreatedAt, now) > _options.ConnectionLifetime)
            {
                // Nobody has needed it for so long that nobody is kept waiting.
                TakeOut(connection);
                connection.Retire();
                return;
            }

            entry.IsBeingReplaced = true;
            Dial(connection);
        }
    }

    public void OnLeaving(Http2Connection connection)
    {
        List<BatchTicket>? unserved = null;
        lock (_lock)
        {
            var entry = connection.Entry;
            entry.HasLeft = true;
            TakeOut(connection);
            NoteFruit(connection);
            if (connection.Ready.IsCompletedSuccessfully && !connection.IsRetired)
            {
                unserved = NoteEnd(connection);
            }

            DialIfNone();
        }

        FailWaiting(unserved, PostFault.Unreachable, connection.EndReason ?? "The server closes its connections.");
    }

    public void OnStarting(Http2Connection connection)
    {
        lock (_lock)
        {
            _all.Add(connection);
        }
    }

    public void OnClosed(Http2Connection connection)
    {
        lock (_lock)
        {
            _all.Remove(connection);

            // Answers may have come after its GOAWAY.
            NoteFruit(connection);
        }
    }

    private static void AnswerRefused(BatchTicket ticket, int index) =>
        ticket.Answer(index, new PostAnswer { Fault = PostFault.Refused, Detail = "The server refused it, and sending was stopped." });

    private void Enqueue(BatchTicket ticket)
    {
        if (_queue.Count == 0)
        {
            _progressAt = _timeProvider.GetTimestamp();
        }

        if (_queue.Add(ticket))
        {
            _hasWaiting = true;
        }
    }

    private void Dequeue(BatchTicket ticket)
    {
        if (_queue.Remove(ticket))
        {
            _hasWaiting = _queue.Count > 0;
        }
    }

    private List<BatchTicket> TakeQueue()
    {
        var tickets = _queue.TakeAll();
        _hasWaiting = false;
        return tickets;
    }

    private void WakeIdle(int count)
    {
        for (; count > 0 && _idle.Count > 0; count--)
        {
            var connection = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            connection.Entry.IsIdle = false;
            connection.Wake();
        }
    }

    /// <summary>Gives the connection nothing any more.</summary>
    private void TakeOut(Http2Connection connection)
    {
        if (connection.Entry.IsOpen)
        {
            connection.Entry.IsOpen = false;
            _open.Remove(connection);
            if (connection.Entry.IsIdle)
            {
                connection.Entry.IsIdle = false;
                _idle.Remove(connection);
            }
        }
    }

    private void NoteFruit(Http2Connection connection)
    {
        if (connection.HasAnswered && !connection.Entry.IsFruitful)
        {
            connection.Entry.IsFruitful = true;
            (_fruitless, _pause) = (0, TimeSpan.Zero);
        }
    }

    /// <summary>A connection is ended by the server.</summary>
    /// <returns>What has waited long enough for one that lasts.</returns>
    private List<BatchTicket>? NoteEnd(Http2Connection connection)
    {
        if (connection.IsUnwelcome)
        {
            _pause = s_maxPause;
        }

        if (connection.Entry.IsFruitful)
        {
            return null;
        }

        _fruitless++;
        if (_fruitless > 1)
        {
            // The first may be chance, such as a server that restarts.
            var doubled = s_firstPause * Math.Pow(2, Math.Min(_fruitless - 2, 10));
            _pause = doubled < s_maxPause ? doubled : s_maxPause;
        }

        return _fruitless >= MaxFruitless && _open.Count == 0 ? TakeQueue() : null;
    }

    private void DialIfNone()
    {
        if (_open.Count == 0 && _dials == 0 && _queue.Count > 0)
        {
            Dial();
        }
    }

    /// <param name="replaced">The connection that the new one is made in place of.</param>
    private void Dial(Http2Connection? replaced = null)
    {
        _dials++;
        var (generation, pause) = (_generation, _pause);
        List<IPAddress> inUse = [.. _all.Select(connection => connection.Address).OfType<IPAddress>()];
        _ = Task.Run(() => DialAsync(generation, inUse, replaced, pause), CancellationToken.None);
    }

    private async Task DialAsync(int generation, List<IPAddress> inUse, Http2Connection? replaced, TimeSpan pause)
    {
        try
        {
            if (pause > TimeSpan.Zero)
            {
                // Jittered, for there may be other gateways.
                await Task.Delay(pause * (0.5 + (Random.Shared.NextDouble() / 2)), _timeProvider, _closed);
            }

            OnDialed(generation, replaced, await _maker.MakeAsync(inUse, _closed), null);
        }
        catch (DialException failure)
        {
            OnDialed(generation, replaced, null, failure);
        }
        catch (OperationCanceledException cancelled)
        {
            OnDialed(generation, replaced, null, new DialException(PostFault.Unreachable, "The pool is closed.", cancelled));
        }
    }

    private void OnDialed(int generation, Http2Connection? replaced, Http2Connection? connection, DialException? failure)
    {
        List<BatchTicket>? unserved = null;
        Http2Connection? retired = null;
        lock (_lock)
        {
            _dials--;
            if (connection is null || connection.Entry.HasLeft)
            {
                if (replaced is not null)
                {
                    ScheduleReplacement(replaced);
                }

                unserved = failure is not null && _open.Count == 0 && _dials == 0 ? TakeQueue() : null;
            }
            else if (generation != _generation || _closed.IsCancellationRequested)
            {
                // Made before the last Reconnect, which wanted newer ones.
                retired = connection;
            }
            else
            {
                connection.Entry.IsOpen = true;
                _open.Add(connection);
                if (replaced is not null)
                {
                    TakeOut(replaced);
                    retired = replaced;
                }
            }

            DialIfNone();
        }

        connection?.Wake();
        retired?.Retire();
        if (failure is not null)
        {
            if (!_closed.IsCancellationRequested && !failure.WasNotTried)
            {
                Http2Log.NotConnected(_logger, _options.Endpoint.Authority, failure.Message);
            }

            FailWaiting(unserved, failure.Fault, failure.Message);
        }
    }

    /// <summary>The replacement could not be made, or is of no use: the old connection stays, and it is tried again after a while.</summary>
    private void ScheduleReplacement(Http2Connection connection) =>
        _ = Task.Delay(s_replacementPause, _timeProvider, _closed).ContinueWith(
            _ =>
            {
                lock (_lock)
                {
                    connection.Entry.IsBeingReplaced = false;
                }
            },
            CancellationToken.None, TaskContinuationOptions.NotOnCanceled, TaskScheduler.Default);

    /// <summary>Gives every request that nobody has taken the fault that concerns them all.</summary>
    private void FailWaiting(List<BatchTicket>? tickets, PostFault fault, string detail)
    {
        foreach (var ticket in tickets ?? [])
        {
            while (TryTakeRest(ticket, out var claim))
            {
                FailClaim(claim, fault, detail);
            }
        }
    }

    private bool TryTakeRest(BatchTicket ticket, out Claim claim)
    {
        lock (_lock)
        {
            claim = ticket.HasMore ? ticket.Take(int.MaxValue) : default;
            return claim.Count > 0;
        }
    }

    private void FailClaim(Claim claim, PostFault fault, string detail)
    {
        var request = new PostRequest();
        for (var number = 0; number < claim.Count; number++)
        {
            // One that was refused has been composed already, and only has to be answered.
            if (!claim.WasRefused && !claim.Ticket.TryCompose(claim.First + number, request))
            {
                Abandon(claim.From(number));
                return;
            }

            claim.Ticket.Answer(claim.First + number, new PostAnswer { Fault = fault, Detail = detail });
            claim.Ticket.Finish(1);
        }
    }
}
