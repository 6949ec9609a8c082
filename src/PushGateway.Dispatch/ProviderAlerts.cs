using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using PushGateway.Core;
using PushGateway.Core.FanOut;
using PushGateway.Core.Webhooks;
using PushGateway.Dispatch.Webhooks;

namespace PushGateway.Dispatch;

/// <summary>Has the webhooks of an app told that one of its providers was stopped. A gate says so in passing and never waits.</summary>
/// <remarks>A stop that the process does not live to write down happens again after the next start, and is told then.</remarks>
internal sealed class ProviderAlerts : BackgroundService
{
    /// <summary>Stops not written down yet; the oldest are given up beyond that. There is at most one for each app and provider every few seconds.</summary>
    private const int Capacity = 1_000;

    private readonly Channel<(int AppKey, ProviderHealth Health)> _stops = Channel.CreateBounded<(int, ProviderHealth)>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly IWebhookStore _webhooks;
    private readonly ResiliencePipeline _retries;

    public ProviderAlerts(IWebhookStore webhooks, TimeProvider timeProvider, Random random, ILogger<ProviderAlerts> logger)
    {
        _webhooks = webhooks;
        _retries = new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                Name = "alert",
                ShouldHandle = new PredicateBuilder().Handle<StoreUnavailableException>(),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = () => Jitter(random),
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(10),
                OnRetry = arguments =>
                {
                    WebhookLog.AlertDelayed(logger, arguments.RetryDelay.TotalMilliseconds, arguments.Outcome.Exception!);
                    return default;
                },
            })
            .Build();
    }

    /// <summary>The gate of an app's provider has been stopped. Returns at once.</summary>
    public void ProviderStopped(int appKey, ProviderHealth health)
    {
        if (_webhooks.Wants(appKey, WebhookNotices.ProviderStopped))
        {
            _stops.Writer.TryWrite((appKey, health));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var (appKey, health) in _stops.Reader.ReadAllAsync(stoppingToken))
            {
                await _retries.ExecuteAsync(
                    async (notice, cancellationToken) => await _webhooks.AddNoticeAsync(appKey, WebhookNotices.ProviderStopped, notice, cancellationToken),
                    WebhookBody.ProviderStopped(health), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The ordinary way to stop.
        }
    }

    private static double Jitter(Random random)
    {
        lock (random)
        {
            return random.NextDouble();
        }
    }
}
