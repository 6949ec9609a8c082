using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Http2;

namespace PushGateway.Benchmarks.Clients;

/// <summary>The gateway's own transport, used as the gateway uses it: pages of 1,000, as many at a time as keep its connections busy.</summary>
internal sealed class PostPoolClient : IWireClient
{
    private const int PageSize = 1_000;

    private readonly IPostConnectionPool _pool;
    private readonly WireTraffic _traffic;
    private readonly int _pages;
    private long _next;
    private long _end;
    private long _failures;

    public PostPoolClient(ClientJob job, WireTraffic traffic)
    {
        _traffic = traffic;
        _pages = Math.Max(2, 2 * job.Connections * job.Streams / PageSize);
        _pool = CreateFactory().Create(new PostPoolOptions
        {
            Endpoint = job.Endpoint,
            TrustedCertificates = TrustedCertificates.Parse(job.Certificate),
            Connections = job.Connections,
            StreamsPerConnection = job.Streams,
        });
    }

    public async Task<long> SendAsync(long requests, CancellationToken cancellationToken)
    {
        _failures = 0;
        _end = _next + requests;
        await Task.WhenAll(Enumerable.Range(0, _pages).Select(_ => SendPagesAsync(cancellationToken)));
        cancellationToken.ThrowIfCancellationRequested();
        return _failures;
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <summary>The transport under test: what to change to measure another.</summary>
    private static PostPoolFactory CreateFactory() => new(NullLogger<PostPoolFactory>.Instance, TimeProvider.System);

    private async Task SendPagesAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var page = new Page(_traffic);
        while (!cancellationToken.IsCancellationRequested)
        {
            var end = Interlocked.Add(ref _next, PageSize);
            var start = end - PageSize;
            if (start >= _end)
            {
                Interlocked.Add(ref _next, -PageSize);
                return;
            }

            page.Reset(start, (int)Math.Min(PageSize, _end - start));
            await _pool.SendAsync(page, cancellationToken);
            Interlocked.Add(ref _failures, page.Failures);
        }
    }

    private sealed class Page(WireTraffic traffic) : PostBatch
    {
        private long _start;
        private int _count;
        private int _accepted;

        public override int Count => _count;

        public int Failures => _count - Volatile.Read(ref _accepted);

        public void Reset(long start, int count) => (_start, _count, _accepted) = (start, count, 0);

        public override void Write(int index, PostRequest request)
        {
            request.AppendPath("/3/device/"u8);
            request.AppendPath(traffic.Token(_start + index));
            request.AddHeaders(traffic.Headers);
            request.AppendBody(traffic.Body);
        }

        public override void OnAnswer(int index, in PostAnswer answer)
        {
            if (answer.Status == 200)
            {
                Interlocked.Increment(ref _accepted);
            }
        }
    }
}
