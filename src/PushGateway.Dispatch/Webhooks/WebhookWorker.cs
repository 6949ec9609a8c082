using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Nodes;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>Runs a lane for each webhook, beside the fan-outs: they write down what there is to tell and never wait for it.</summary>
internal sealed class WebhookWorker : BackgroundService, IWebhookSender
{
    private readonly ConcurrentDictionary<long, (WebhookLane Lane, Task Running)> _lanes = new();
    private readonly Lock _gate = new();
    private readonly IWebhookStore _store;
    private readonly IAppStore _apps;
    private readonly IShardLeases _leases;
    private readonly WebhookDelivery _delivery;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;
    private readonly ILogger<WebhookWorker> _logger;
    private CancellationToken _stopping = new(canceled: true);

    public WebhookWorker(
        IWebhookStore store, IAppStore apps, IShardLeases leases, WebhookDelivery delivery, IOptions<WebhookOptions> options, TimeProvider timeProvider, Random random,
        ILogger<WebhookWorker> logger)
    {
        (_store, _apps, _leases, _delivery, _options, _timeProvider, _random, _logger) = (store, apps, leases, delivery, options.Value, timeProvider, random, logger);
        _store.NoticeAdded += OnNoticeAdded;
        _store.Changed += OnChanged;
        _apps.Changed += OnAppChanged;
        _leases.Changed += OnLeasesChanged;
    }

    public async Task<WebhookTest> TestAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        var started = _timeProvider.GetTimestamp();
        var outcome = await _delivery.TestAsync(_apps.Find(webhook.AppKey)?.Id ?? string.Empty, webhook, cancellationToken);
        return new WebhookTest(outcome.Ok, outcome.Status, outcome.Error, _timeProvider.GetElapsedTime(started));
    }

    public WebhookTrouble? FindTrouble(long webhookKey) => _lanes.TryGetValue(webhookKey, out var entry) ? entry.Lane.Trouble : null;

    public WebhookFailure? FindLastFailure(long webhookKey) => _lanes.TryGetValue(webhookKey, out var entry) ? entry.Lane.LastFailure : null;

    public override void Dispose()
    {
        _store.NoticeAdded -= OnNoticeAdded;
        _store.Changed -= OnChanged;
        _apps.Changed -= OnAppChanged;
        _leases.Changed -= OnLeasesChanged;
        foreach (var (lane, _) in _lanes.Values)
        {
            lane.Dispose();
        }

        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lock (_gate)
        {
            _stopping = stoppingToken;
        }

        SignalAll();
        await Task.Delay(Timeout.InfiniteTimeSpan, _timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_lanes.Values.Select(entry => entry.Running));
    }

    private void SignalAll()
    {
        foreach (var webhook in _store.ListAll())
        {
            Find(webhook.Key)?.Signal();
        }
    }

    // Each webhook is told by one gateway: the one that holds the shard its key falls into.
    private bool IsOurs(long webhookKey) => _leases.Held.Holds((int)(webhookKey % Shard.Count));

    private void OnLeasesChanged()
    {
        foreach (var (webhookKey, (lane, _)) in _lanes)
        {
            if (!IsOurs(webhookKey))
            {
                // It finds that it has nothing to run for. What it is just telling it tells to the end.
                lane.Signal();
            }
        }

        SignalAll();
    }

    private void OnNoticeAdded(long webhookKey) => Find(webhookKey)?.Signal();

    private void OnChanged(long webhookKey) => Find(webhookKey)?.Kick();

    private void OnAppChanged(int appKey)
    {
        if (_apps.Find(appKey) is not null)
        {
            return;
        }

        // Its webhooks went with it: their lanes have nothing to run for.
        foreach (var (webhookKey, (lane, _)) in _lanes)
        {
            if (_store.Find(webhookKey) is null)
            {
                lane.Kick();
            }
        }
    }

    /// <summary>The webhook's lane, made when there is none; <see langword="null"/> before the start, while stopping and for a webhook that is gone.</summary>
    private WebhookLane? Find(long webhookKey)
    {
        if (_lanes.TryGetValue(webhookKey, out var known))
        {
            return known.Lane;
        }

        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || _store.Find(webhookKey) is null || !IsOurs(webhookKey) || _lanes.TryGetValue(webhookKey, out known))
            {
                return known.Lane;
            }

            var lane = new WebhookLane(webhookKey, () => IsOurs(webhookKey), _store, _apps, _delivery, _options, _timeProvider, _random, _logger);
            _lanes[webhookKey] = (lane, RunAsync(webhookKey, lane, _stopping));
            return lane;
        }
    }

    private async Task RunAsync(long webhookKey, WebhookLane lane, CancellationToken stopping)
    {
        try
        {
            await lane.RunAsync(stopping);
        }
        finally
        {
            _lanes.TryRemove(webhookKey, out _);
            lane.Dispose();
            // It may have become this gateway's again while it was ending.
            if (!stopping.IsCancellationRequested && IsOurs(webhookKey))
            {
                Find(webhookKey)?.Signal();
            }
        }
    }
}
