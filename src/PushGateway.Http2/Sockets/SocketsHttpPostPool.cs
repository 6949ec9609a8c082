using Microsoft.Extensions.Logging;

namespace PushGateway.Http2.Sockets;

/// <summary>Hands the requests of the batches in flight, in turn, to a bounded number of workers that send one at a time each.</summary>
internal sealed class SocketsHttpPostPool : IPostConnectionPool
{
    private readonly Lock _lock = new();
    private readonly LinkedList<BatchTicket> _queue = new();
    private readonly Stack<PostWorker> _idle = new();
    private readonly PostPoolOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly int _maxWorkers;
    private int _workers;
    private int _tickets;
    private TaskCompletionSource? _drained;
    private HandlerLease _handler;
    private bool _isDisposed;

    public SocketsHttpPostPool(PostPoolOptions options, ILogger logger, TimeProvider timeProvider)
    {
        (_options, _logger, _timeProvider) = (options, logger, timeProvider);
        _maxWorkers = options.Connections * options.StreamsPerConnection;
        _handler = new HandlerLease(CreateHandler());
    }

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
            _queue.AddLast(ticket.Node);
            var wanted = batch.Count;
            for (; wanted > 0 && _idle.TryPop(out var idle); wanted--)
            {
                idle.Wake(goOn: true);
            }

            for (; wanted > 0 && _workers < _maxWorkers; wanted--)
            {
                _workers++;
                new PostWorker(this, _options, _timeProvider).Start();
            }
        }

        return ticket.RunAsync(stop);
    }

    public void Reconnect()
    {
        HandlerLease old;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            old = _handler;
            _handler = new HandlerLease(CreateHandler());
        }

        old.Release();
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
        lock (_lock)
        {
            while (_idle.TryPop(out var idle))
            {
                idle.Wake(goOn: false);
            }
        }

        _handler.Release();
    }

    /// <summary>Takes the next request that may be begun, turn by turn over the batches in flight.</summary>
    /// <param name="worker">Becomes idle, to be woken later, when there is none.</param>
    /// <param name="item">The request, together with the connections to send it over.</param>
    internal TakeResult Take(PostWorker worker, out PostItem item)
    {
        BatchTicket? ended = null;
        try
        {
            lock (_lock)
            {
                if (_queue.First is not { } node)
                {
                    item = default;
                    if (_isDisposed && _drained is { Task.IsCompleted: true })
                    {
                        return TakeResult.Closed;
                    }

                    worker.PrepareToWait();
                    _idle.Push(worker);
                    return TakeResult.Idle;
                }

                var ticket = node.Value;
                _queue.RemoveFirst();
                if (!ticket.TryTake(out var index))
                {
                    ended = ticket.EndIfDrained() ? ticket : null;
                    item = default;
                    return TakeResult.Again;
                }

                if (ticket.HasMore)
                {
                    _queue.AddLast(node);
                }

                _handler.Acquire();
                item = new PostItem(ticket, index, _handler);
                return TakeResult.Taken;
            }
        }
        finally
        {
            if (ended is not null)
            {
                Complete(ended);
            }
        }
    }

    /// <summary>A request taken has been answered, or broke the batch.</summary>
    internal void Finish(in PostItem item, Exception? bug)
    {
        item.Handler.Release();
        bool isEnd;
        lock (_lock)
        {
            if (bug is not null && item.Ticket.Fail(bug))
            {
                _queue.Remove(item.Ticket.Node);
            }

            isEnd = item.Ticket.FinishOne();
        }

        if (isEnd)
        {
            Complete(item.Ticket);
        }
    }

    /// <summary>Leaves what the batch has not begun.</summary>
    internal void Stop(BatchTicket ticket)
    {
        bool isEnd;
        lock (_lock)
        {
            if (ticket.Node.List is not null)
            {
                _queue.Remove(ticket.Node);
            }

            isEnd = ticket.StopTaking();
        }

        if (isEnd)
        {
            Complete(ticket);
        }
    }

    private void Complete(BatchTicket ticket)
    {
        ticket.Complete();
        lock (_lock)
        {
            if (--_tickets == 0)
            {
                _drained?.TrySetResult();
            }
        }
    }

    private HttpMessageInvoker CreateHandler() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ConnectTimeout = _options.ConnectTimeout,
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = _options.PingDelay,
        KeepAlivePingTimeout = _options.PingTimeout,
        KeepAlivePingPolicy = _options.PingsWhenIdle ? HttpKeepAlivePingPolicy.Always : HttpKeepAlivePingPolicy.WithActiveRequests,
        PooledConnectionIdleTimeout = _options.ConnectionLifetime,
        PooledConnectionLifetime = _options.ConnectionLifetime,
        SslOptions = _options.TrustedCertificates.CreateTlsOptions(),
        UseCookies = false,
        // A proxy would have to be trusted with every token; who wants one names it as the endpoint.
        UseProxy = false,
        ActivityHeadersPropagator = null,
    });
}

/// <summary>One request of a batch in flight.</summary>
internal readonly record struct PostItem(BatchTicket Ticket, int Index, HandlerLease Handler);

internal enum TakeResult
{
    Taken,

    /// <summary>Nothing this time, but look again.</summary>
    Again,

    /// <summary>Nothing to do: await the wake-up.</summary>
    Idle,
    Closed,
}
