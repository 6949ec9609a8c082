using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using PushGateway.Core.Apps;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Tells one webhook what waits for it: in order, one request at a time, again and again until it is taken.</summary>
/// <remarks>
/// What is told is removed from the store after the answer, so a crash in between tells it again. A webhook that does not answer for long is
/// parked: tried now and then only, until one try is taken or somebody resumes it. An exchange takes notices one by one: what it has is not
/// published again with one that no queue takes.
/// </remarks>
internal sealed class WebhookLane : IDisposable
{
    private const string NoAnswer = "It did not answer.";

    private static readonly TimeSpan s_storeRetry = TimeSpan.FromSeconds(1);

    private readonly long _webhookKey;
    private readonly Func<bool> _isOurs;
    private readonly IWebhookStore _store;
    private readonly IAppStore _apps;
    private readonly WebhookDelivery _delivery;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<PostOutcome> _retries;
    private readonly CircuitBreakerManualControl _breaker = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();

    // What the exchange has of a batch of which it has not taken all.
    private readonly HashSet<long> _told = [];
    private string? _toldExchange;
    private CancellationTokenSource _wait = new();
    private volatile WebhookTrouble? _trouble;
    private volatile WebhookFailure? _lastFailure;
    private bool _isDisposed;
    private bool _beginsAnew;

    public WebhookLane(
        long webhookKey, Func<bool> isOurs, IWebhookStore store, IAppStore apps, WebhookDelivery delivery, WebhookOptions options, TimeProvider timeProvider, Random random,
        ILogger logger)
    {
        (_webhookKey, _isOurs, _store, _apps, _delivery, _options, _timeProvider, _logger) = (webhookKey, isOurs, store, apps, delivery, options, timeProvider, logger);
        var retries = new ResiliencePipelineBuilder<PostOutcome> { TimeProvider = timeProvider };
        if (options.Retries > 0)
        {
            retries.AddRetry(Retry(random));
        }

        _retries = retries
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<PostOutcome>
            {
                Name = "webhook",
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result is { Ok: false }),
                FailureRatio = 1,
                MinimumThroughput = options.BreakAfter,
                SamplingDuration = TimeSpan.FromHours(1),
                BreakDuration = options.BreakDuration,
                ManualControl = _breaker,
            })
            .Build();
    }

    /// <summary>What is wrong at present; <see langword="null"/> while nothing is.</summary>
    public WebhookTrouble? Trouble => _trouble;

    /// <summary>The last try that failed; stays when it works again.</summary>
    public WebhookFailure? LastFailure => _lastFailure;

    /// <summary>Something waits for the webhook.</summary>
    public void Signal() => _work.Writer.TryWrite(true);

    /// <summary>The webhook has been changed or resumed: whatever is waited for, it is tried at once.</summary>
    public void Kick()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            // Aside: who calls may be the store's writer, and must not do the lane's work.
            _beginsAnew = true;
            _ = _wait.CancelAsync();
            _wait = new CancellationTokenSource();
        }

        Signal();
    }

    /// <summary>Runs until cancelled, or until the webhook is gone or another gateway's to tell.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Signal();
        while (_isOurs() && _store.Find(_webhookKey) is { } webhook)
        {
            try
            {
                await _work.Reader.ReadAsync(stopping);
                await DrainAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever the store objects to, the webhook is told later: nobody else would go on with it.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                WebhookLog.WebhookDelayed(_logger, webhook.Id, s_storeRetry.TotalMilliseconds, problem);
                await Task.Delay(s_storeRetry, _timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Signal();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _wait.Dispose();
        }
    }

    private async Task DrainAsync(CancellationToken stopping)
    {
        while (_isOurs() && _store.Find(_webhookKey) is { IsEnabled: true } webhook)
        {
            // Taken before anything is looked at, so that no change in between is missed.
            CancellationToken changed;
            bool beginsAnew;
            lock (_gate)
            {
                (changed, beginsAnew, _beginsAnew) = (_wait.Token, _beginsAnew, false);
            }

            if (beginsAnew)
            {
                _trouble = null;
                await _breaker.CloseAsync(stopping);
            }

            using var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping, changed);
            try
            {
                if (!await TellSomeAsync(webhook, linked.Token, changed, stopping))
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (changed.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                // Begin again with the webhook as it is now.
            }
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> TellSomeAsync(Webhook webhook, CancellationToken cancellationToken, CancellationToken changed, CancellationToken stopping)
    {
        if (await ReadAsync(webhook, cancellationToken) is not { Count: > 0 } notices)
        {
            return false;
        }

        if (webhook.ParkedAt is not null)
        {
            _trouble = new WebhookTrouble(webhook.LastError ?? NoAnswer, _timeProvider.GetUtcNow() + _options.ProbeInterval);
            await Task.Delay(_options.ProbeInterval, _timeProvider, cancellationToken);
        }
        else if (notices.Count < _options.MaxBatchNotices && _options.BatchDelay > TimeSpan.Zero)
        {
            await Task.Delay(_options.BatchDelay, _timeProvider, cancellationToken);
        }

        // What has come meanwhile goes with it, and what was dropped meanwhile does not.
        notices = await ReadAsync(webhook, cancellationToken);
        if (notices.Count == 0)
        {
            return true;
        }

        if (!_isOurs())
        {
            return false;
        }

        var outcome = await PostAsync(webhook, notices, cancellationToken, stopping);
        if (outcome.Ok)
        {
            await _store.ConfirmAsync(webhook.Key, notices[^1].Key, stopping);
            if (_trouble is not null)
            {
                _trouble = null;
                var appId = AppId(webhook);
                WebhookLog.WebhookRecovered(_logger, webhook.Id, appId);
            }
        }
        else
        {
            // Unless it has been changed or resumed meanwhile. Of itself: what is linked with it hears of it a moment later.
            changed.ThrowIfCancellationRequested();
            _lastFailure = new WebhookFailure(outcome.Error!, _timeProvider.GetUtcNow());
            await _store.ParkAsync(webhook.Key, outcome.Error!, stopping);
            if (changed.IsCancellationRequested)
            {
                // It came between the two: whoever resumed it must not find it parked for what was before.
                await _store.ResumeAsync(webhook.AppKey, webhook.Id, stopping);
                return true;
            }

            if (webhook.ParkedAt is null)
            {
                WebhookLog.WebhookParked(_logger, webhook.Id, AppId(webhook), outcome.Error!);
            }
        }

        return true;
    }

    private Task<IReadOnlyList<WebhookNotice>> ReadAsync(Webhook webhook, CancellationToken cancellationToken) =>
        _store.ReadNoticesAsync(webhook.Key, _options.MaxBatchNotices, _options.MaxBatchBytes, cancellationToken);

    private async Task<PostOutcome> PostAsync(Webhook webhook, IReadOnlyList<WebhookNotice> notices, CancellationToken cancellationToken, CancellationToken stopping)
    {
        var dropped = await _store.CountDroppedAsync(webhook.Key, cancellationToken);
        if (_toldExchange != webhook.Exchange)
        {
            _toldExchange = webhook.Exchange;
            _told.Clear();
        }

        // No more of them than there are in one batch.
        _told.IntersectWith(notices.Select(notice => notice.Key));
        if (webhook.ParkedAt is not null)
        {
            return await SendAsync(webhook, notices, dropped, cancellationToken, stopping);
        }

        try
        {
            return await _retries.ExecuteAsync(
                static async (state, token) => await state.Lane.SendAsync(state.webhook, state.notices, state.dropped, token, state.stopping),
                (Lane: this, webhook, notices, dropped, stopping), cancellationToken);
        }
        catch (BrokenCircuitException)
        {
            return new PostOutcome(null, _trouble?.Error ?? NoAnswer);
        }
    }

    /// <summary>Tells what the receiver does not have yet, once, and removes from the store what it has before the first that it does not take.</summary>
    private async ValueTask<PostOutcome> SendAsync(
        Webhook webhook, IReadOnlyList<WebhookNotice> notices, long dropped, CancellationToken cancellationToken, CancellationToken stopping)
    {
        IReadOnlyList<WebhookNotice> rest = _told.Count == 0 ? notices : [.. notices.Where(notice => !_told.Contains(notice.Key))];
        if (rest.Count == 0)
        {
            // Whatever was not taken has been given up meanwhile.
            return new PostOutcome(null, null);
        }

        var outcome = await _delivery.SendAsync(AppId(webhook), webhook, rest, dropped, cancellationToken);
        if (outcome.Ok || outcome.Taken.Count == 0)
        {
            return outcome;
        }

        _told.UnionWith(outcome.Taken.Select(place => rest[place].Key));
        if (notices.TakeWhile(notice => _told.Contains(notice.Key)).LastOrDefault() is { } last)
        {
            await _store.ConfirmAsync(webhook.Key, last.Key, stopping);
        }

        return outcome;
    }

    private RetryStrategyOptions<PostOutcome> Retry(Random random) => new()
    {
        Name = "webhook",
        ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome switch
        {
            { Exception: BrokenCircuitException } => true,
            { Result: { Ok: false, IsGone: false } } => true,
            _ => false,
        }),
        MaxRetryAttempts = _options.Retries,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Randomizer = () =>
        {
            lock (random)
            {
                return random.NextDouble();
            }
        },
        Delay = _options.RetryDelay,
        MaxDelay = _options.RetryLimit,
        DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome switch
        {
            // Whatever it says, it is not waited for longer than we would wait by ourselves.
            { Result.RetryAfter: { } told } when told > TimeSpan.Zero => told < _options.RetryLimit ? told : _options.RetryLimit,
            // A wait counts whole milliseconds: rounded down it would end before the break does, and the tries left would be used up within the last one.
            { Exception: BrokenCircuitException { RetryAfter: { } rest } } => TimeSpan.FromMilliseconds(Math.Floor(rest.TotalMilliseconds) + 1),
            _ => (TimeSpan?)null,
        }),
        OnRetry = arguments =>
        {
            var error = arguments.Outcome.Result?.Error ?? _trouble?.Error ?? NoAnswer;
            var now = _timeProvider.GetUtcNow();
            (_trouble, _lastFailure) = (new WebhookTrouble(error, now + arguments.RetryDelay), new WebhookFailure(error, now));
            if (_store.Find(_webhookKey) is { } webhook)
            {
                WebhookLog.WebhookFailed(_logger, webhook.Id, AppId(webhook), error, arguments.RetryDelay.TotalMilliseconds);
            }

            return default;
        },
    };

    private string AppId(Webhook webhook) => _apps.Find(webhook.AppKey)?.Id ?? string.Empty;
}
