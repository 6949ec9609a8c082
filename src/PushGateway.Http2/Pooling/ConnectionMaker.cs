using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using PushGateway.Http2.Connections;

namespace PushGateway.Http2.Pooling;

/// <summary>Makes connections that are ready for requests. What fails is tried again a little later; what fails again and again is left alone for a while.</summary>
internal sealed class ConnectionMaker
{
    private const int Retries = 2;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_breakerWindow = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_breakDuration = TimeSpan.FromSeconds(2);

    private readonly PostPoolOptions _options;
    private readonly IRequestSource _source;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly int _firstStreamId;
    private readonly Dialer _dialer;
    private readonly ResiliencePipeline<Http2Connection> _pipeline;

    /// <param name="firstStreamId">Of each connection; odd, and 1 but in tests of what happens when the ids run out.</param>
    public ConnectionMaker(PostPoolOptions options, IRequestSource source, ILogger logger, TimeProvider timeProvider, int firstStreamId)
    {
        (_options, _source, _logger, _timeProvider, _firstStreamId) = (options, source, logger, timeProvider, firstStreamId);
        _dialer = new Dialer(options, timeProvider);

        // An untrusted server is not tried again: it will not be another one a moment later.
        var isUnreachable = new PredicateBuilder<Http2Connection>().Handle<DialException>(static exception => exception.Fault == PostFault.Unreachable);

        // The breaker keeps the instant at which it closes: with a clock that is set back it would stay open for as long.
        _pipeline = new ResiliencePipelineBuilder<Http2Connection> { TimeProvider = new SteadyTimeProvider(timeProvider) }
            .AddRetry(new RetryStrategyOptions<Http2Connection>
            {
                Name = "connect",
                ShouldHandle = isUnreachable,
                MaxRetryAttempts = Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = s_retryDelay,
                MaxDelay = options.ConnectTimeout,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Http2Connection>
            {
                Name = "connect",
                ShouldHandle = isUnreachable,
                FailureRatio = 1,
                MinimumThroughput = 2 * (Retries + 1),
                SamplingDuration = s_breakerWindow,
                BreakDuration = s_breakDuration,
            })
            .Build();
    }

    /// <param name="inUse">The addresses that connections lead to already, each as often as it is used.</param>
    /// <exception cref="DialException">No connection within <see cref="PostPoolOptions.ConnectTimeout"/>, or cancelled.</exception>
    public async Task<Http2Connection> MakeAsync(IReadOnlyCollection<IPAddress> inUse, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _timeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _pipeline.ExecuteAsync(
                static async (state, token) => await state.Maker.ConnectAsync(state.InUse, token), (Maker: this, InUse: inUse), stop.Token);
        }
        catch (BrokenCircuitException exception)
        {
            throw new DialException(PostFault.Unreachable, exception.InnerException?.Message ?? exception.Message, exception);
        }
        catch (OperationCanceledException exception)
        {
            throw new DialException(PostFault.Unreachable, "No connection in time.", exception);
        }
#pragma warning disable CA1031 // A bug in making connections must not leave the batches waiting for ever: it is told, and they are failed.
        catch (Exception bug) when (bug is not DialException)
#pragma warning restore CA1031
        {
            Http2Log.ConnectionFailed(_logger, _options.Endpoint.Authority, bug);
            throw new DialException(PostFault.Unreachable, "Internal error.", bug);
        }
    }

    private async Task<Http2Connection> ConnectAsync(IReadOnlyCollection<IPAddress> inUse, CancellationToken cancellationToken)
    {
        var (stream, address) = await _dialer.ConnectAsync(inUse, cancellationToken);
        var connection = new Http2Connection(stream, address, _source, _options, _timeProvider, _logger, _firstStreamId);
        _source.OnStarting(connection);
        connection.Start();
        try
        {
            await connection.Ready.WaitAsync(cancellationToken);
            Http2Log.Connected(_logger, _options.Endpoint.Authority, address);
            return connection;
        }
        catch (IOException exception)
        {
            throw new DialException(PostFault.Unreachable, exception.Message, exception);
        }
        catch (OperationCanceledException)
        {
            connection.Abort();
            throw;
        }
    }
}
