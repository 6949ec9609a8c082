using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks.Sources;

namespace PushGateway.Http2.Sockets;

/// <summary>Sends one request after the other with buffers of its own. Lives as long as the pool.</summary>
internal sealed class PostWorker(SocketsHttpPostPool pool, PostPoolOptions options, TimeProvider timeProvider) : IValueTaskSource<bool>, IDisposable
{
    private readonly PostRequest _request = new();
    private byte[] _body = new byte[Math.Min(512, options.MaxBodyBytes)];
    private byte[] _lastPath = [];
    private Uri? _lastUri;
    private CancellationTokenSource? _timeout;
    private ManualResetValueTaskSourceCore<bool> _wakeUp = new() { RunContinuationsAsynchronously = true };

    public void Start() => _ = Task.Run(RunAsync);

    public void PrepareToWait() => _wakeUp.Reset();

    /// <param name="goOn"><see langword="false"/> ends the worker.</param>
    public void Wake(bool goOn) => _wakeUp.SetResult(goOn);

    public void Dispose() => _timeout?.Dispose();

    bool IValueTaskSource<bool>.GetResult(short token) => _wakeUp.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wakeUp.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wakeUp.OnCompleted(continuation, state, token, flags);

    private async Task RunAsync()
    {
        var goesOn = true;
        while (goesOn)
        {
            switch (pool.Take(this, out var item))
            {
                case TakeResult.Taken:
                    await SendAsync(item);
                    break;
                case TakeResult.Idle:
                    goesOn = await new ValueTask<bool>(this, _wakeUp.Version);
                    break;
                case TakeResult.Closed:
                    goesOn = false;
                    break;
            }
        }

        Dispose();
    }

    private async Task SendAsync(PostItem item)
    {
        Exception? bug = null;
        try
        {
            await SendOneAsync(item);
        }
#pragma warning disable CA1031 // Whatever it is, it is a bug in the batch or here, and whoever sent the batch has to hear of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            bug = exception;
        }

        pool.Finish(item, bug);
    }

    private async Task SendOneAsync(PostItem item)
    {
        var batch = item.Ticket.Batch;
        _request.Clear();
        batch.Write(item.Index, _request);
        var timeout = RestartTimeout();
        using var content = new PostContent(_request.Body);
        using var message = new HttpRequestMessage(HttpMethod.Post, ResolveUri())
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        AddHeaders(message);

        PostFault fault;
        string detail;
        try
        {
            using var response = await item.Handler.Invoker.SendAsync(message, timeout.Token);
            var length = await ReadBodyAsync(response, timeout.Token);
            Answer(batch, item.Index, response, _body.AsSpan(0, length));
            return;
        }
        catch (Exception exception) when (FaultMapping.Of(exception, timeout.IsCancellationRequested) is { } mapped)
        {
            (fault, detail) = (mapped, FaultMapping.Describe(exception));
        }
        finally
        {
            if (!content.IsRead)
            {
                _request.AbandonBody();
            }
        }

        batch.OnAnswer(item.Index, new PostAnswer { Fault = fault, Detail = detail });
    }

    private CancellationTokenSource RestartTimeout()
    {
        if (_timeout is not null && _timeout.TryReset())
        {
            _timeout.CancelAfter(options.RequestTimeout);
            return _timeout;
        }

        _timeout?.Dispose();
        return _timeout = new CancellationTokenSource(options.RequestTimeout, timeProvider);
    }

    private Uri ResolveUri()
    {
        if (_lastUri is null || !_request.Path.SequenceEqual(_lastPath))
        {
            _lastPath = _request.Path.ToArray();
            _lastUri = new Uri(options.Endpoint, Encoding.ASCII.GetString(_lastPath));
        }

        return _lastUri;
    }

    private void AddHeaders(HttpRequestMessage message)
    {
        foreach (var block in _request.Headers)
        {
            foreach (var header in block.Headers)
            {
                HttpHeaders headers = header.Name.StartsWith("content-", StringComparison.Ordinal) ? message.Content!.Headers : message.Headers;
                headers.TryAddWithoutValidation(header.Name, header.Value);
            }
        }
    }

    /// <summary>Reads the body into the worker's buffer, which starts small and grows to the bound: most answers have little to say, or nothing.</summary>
    private async ValueTask<int> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength == 0)
        {
            return 0;
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        for (var length = 0; ;)
        {
            var read = await stream.ReadAsync(_body.AsMemory(length), cancellationToken);
            length += read;
            if (read == 0 || length == options.MaxBodyBytes)
            {
                return length;
            }

            if (length == _body.Length)
            {
                Array.Resize(ref _body, Math.Min(_body.Length * 4, options.MaxBodyBytes));
            }
        }
    }

    private void Answer(PostBatch batch, int index, HttpResponseMessage response, ReadOnlySpan<byte> body)
    {
        var isOk = response.StatusCode == HttpStatusCode.OK;
        batch.OnAnswer(index, new PostAnswer
        {
            Status = (int)response.StatusCode,
            Body = body,
            RetryAfter = isOk ? null : ReadRetryAfter(response.Headers.RetryAfter),
            Date = isOk ? null : response.Headers.Date,
        });
    }

    private TimeSpan? ReadRetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? header?.Date - timeProvider.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
