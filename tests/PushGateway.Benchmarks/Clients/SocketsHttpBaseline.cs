using System.Net;
using System.Text;
using PushGateway.Http2;

namespace PushGateway.Benchmarks.Clients;

/// <summary>
/// The platform's <see cref="SocketsHttpHandler"/> with everything tuned: handlers with one connection each, without cookies, redirects,
/// decompression, proxy and activities, used without <see cref="HttpClient"/>.
/// </summary>
internal sealed class SocketsHttpBaseline : IWireClient
{
    private static readonly UriCreationOptions s_uriOptions = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker[] _invokers;
    private readonly WireTraffic _traffic;
    private readonly string _prefix;
    private readonly int _streams;
    private long _next;
    private long _end;
    private long _failures;

    public SocketsHttpBaseline(ClientJob job, WireTraffic traffic)
    {
        (_traffic, _streams) = (traffic, job.Streams);
        _prefix = job.Endpoint.GetLeftPart(UriPartial.Authority) + WireTraffic.PathPrefix;
        var trusted = TrustedCertificates.Parse(job.Certificate);
        _invokers = [.. Enumerable.Range(0, job.BaselineHandlers).Select(_ => new HttpMessageInvoker(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = false,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            SslOptions = trusted.CreateTlsOptions(),
            UseCookies = false,
            UseProxy = false,
        }))];
    }

    public async Task<long> SendAsync(long requests, CancellationToken cancellationToken)
    {
        _failures = 0;
        _end = _next + requests;
        await Task.WhenAll(_invokers.SelectMany(invoker => Enumerable.Range(0, _streams).Select(_ => SendInTurnAsync(invoker, cancellationToken))));
        return _failures;
    }

    public ValueTask DisposeAsync()
    {
        foreach (var invoker in _invokers)
        {
            invoker.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async Task SendInTurnAsync(HttpMessageInvoker invoker, CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (true)
        {
            var request = Interlocked.Increment(ref _next) - 1;
            if (request >= _end)
            {
                Interlocked.Decrement(ref _next);
                return;
            }

            using var message = CreateMessage(request);
            using var response = await invoker.SendAsync(message, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Interlocked.Increment(ref _failures);
            }
        }
    }

    private HttpRequestMessage CreateMessage(long request)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(string.Concat(_prefix, Encoding.ASCII.GetString(_traffic.Token(request))), s_uriOptions))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(_traffic.Body),
        };
        foreach (var header in _traffic.Headers.Headers)
        {
            message.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        return message;
    }
}
