using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Timeout;
using PushGateway.Core.Outbound;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Sends one signed request to a webhook. Follows no redirect, goes through no proxy, reads nothing of the answer but its head.</summary>
internal sealed class WebhookPoster : IDisposable
{
    private const int MaxAnswerHeadKiB = 16;

    private readonly HttpClient _http;
    private readonly SemaphoreSlim _free;
    private readonly ResiliencePipeline _limit;
    private readonly string _noAnswer;
    private readonly FeedbackMetrics _metrics;
    private readonly TimeProvider _timeProvider;

    public WebhookPoster(OutboundPolicy outbound, IOptions<WebhookOptions> options, FeedbackMetrics metrics, TimeProvider timeProvider)
        : this(CreateHandler(outbound, options.Value), options, metrics, timeProvider)
    {
    }

    /// <param name="handler">Disposed with it.</param>
    internal WebhookPoster(HttpMessageHandler handler, IOptions<WebhookOptions> options, FeedbackMetrics metrics, TimeProvider timeProvider)
    {
        (_metrics, _timeProvider) = (metrics, timeProvider);
        _free = new SemaphoreSlim(options.Value.MaxRequests);
        _limit = new ResiliencePipelineBuilder { TimeProvider = timeProvider }.AddTimeout(options.Value.Timeout).Build();
        _noAnswer = $"It did not answer within {options.Value.Timeout.TotalSeconds} seconds.";
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <param name="id">Of the message: the same when it is sent again.</param>
    public async Task<PostOutcome> PostAsync(Webhook webhook, string id, byte[] body, CancellationToken cancellationToken)
    {
        if (!WebhookSecret.TryDecode(webhook.Secret, out var key))
        {
            return new PostOutcome(null, "The webhook's secret cannot be read: put it again with a secret.");
        }

        // Waiting for a turn does not count against the receiver.
        await _free.WaitAsync(cancellationToken);
        try
        {
            var outcome = await PostAsync(webhook, key, id, body, cancellationToken);
            _metrics.CountRequest(outcome.Ok);
            return outcome;
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _free.Dispose();
    }

    private static SocketsHttpHandler CreateHandler(OutboundPolicy outbound, WebhookOptions options) => new()
    {
        // Each hop of a redirect would be another address of somebody else's choice.
        AllowAutoRedirect = false,
        ConnectCallback = outbound.ConnectAsync,
        ConnectTimeout = options.Timeout,
        MaxResponseHeadersLength = MaxAnswerHeadKiB,
        MaxResponseDrainSize = 0,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
        UseProxy = false,
    };

    private async Task<PostOutcome> PostAsync(Webhook webhook, byte[] key, string id, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            return await _limit.ExecuteAsync(
                static async (state, token) => await state.Poster.SendAsync(state.webhook, state.key, state.id, state.body, token),
                (Poster: this, webhook, key, id, body), cancellationToken);
        }
        catch (TimeoutRejectedException)
        {
            return new PostOutcome(null, _noAnswer);
        }
        catch (HttpRequestException failure)
        {
            return new PostOutcome(null, Describe(failure));
        }
    }

    private async Task<PostOutcome> SendAsync(Webhook webhook, byte[] key, string id, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("PushGateway", "1"));
        var timestamp = _timeProvider.GetUtcNow().ToUnixTimeSeconds();
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(key, id, timestamp, body));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return ToOutcome(response);
    }

    private PostOutcome ToOutcome(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
        {
            return new PostOutcome(status, null);
        }

        var error = status is >= 300 and < 400 ? $"It answered {status}; redirects are not followed." : $"It answered {status}.";
        return new PostOutcome(status, error)
        {
            IsGone = response.StatusCode == HttpStatusCode.Gone,
            RetryAfter = response.Headers.RetryAfter switch
            {
                { Delta: { } wait } => wait,
                { Date: { } date } => date - _timeProvider.GetUtcNow(),
                _ => null,
            },
        };
    }

    // Of our own words: what the other side says may be anything, and is shown to callers of the API.
    private static string Describe(HttpRequestException failure) => failure switch
    {
        { InnerException: HttpRequestException } => "Connections to its address are not allowed.",
        { HttpRequestError: HttpRequestError.NameResolutionError } => "Its name is not known.",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "No secure connection: its certificate is not trusted, or it speaks no TLS.",
        { InnerException: AuthenticationException } => "No secure connection: its certificate is not trusted, or it speaks no TLS.",
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => "It refused the connection.",
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound } } => "Its name is not known.",
        { HttpRequestError: HttpRequestError.ConnectionError } => "It could not be connected to.",
        _ => "The connection ended before it answered.",
    };
}

/// <summary>What came of one request to a webhook.</summary>
/// <param name="Status">The answer's; <see langword="null"/> without an answer.</param>
/// <param name="Error"><see langword="null"/> when it was taken.</param>
internal sealed record PostOutcome(int? Status, string? Error)
{
    public bool Ok => Error is null;

    /// <summary>The receiver says that it is there no more: trying again is of no use.</summary>
    public bool IsGone { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Places of the notices that the receiver has, whatever became of the others. Only messages are taken one by one.</summary>
    public IReadOnlyList<int> Taken { get; init; } = [];
}
