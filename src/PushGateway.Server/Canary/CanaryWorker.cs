using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;

namespace PushGateway.Server.Canary;

/// <summary>Publishes the canary's event on its schedule and looks what became of it.</summary>
/// <remarks>Its events are let go of again, but for the last few, so that they neither fill the store nor the list of events.</remarks>
internal sealed class CanaryWorker(
    IOptions<CanaryOptions> options, IAppStore apps, IEventPublisher publisher, IEventStore events, IMeterFactory meters, TimeProvider timeProvider,
    ILogger<CanaryWorker> logger) : BackgroundService
{
    public const string EventType = "pushgateway.canary";

    /// <summary>Final events that are kept to be looked at.</summary>
    public const int KeptEvents = 10;

    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestLook = TimeSpan.FromMilliseconds(500);

    private readonly CanaryOptions _options = options.Value;
    private readonly Queue<long> _kept = new();
    private bool _isFailing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.App is null)
        {
            return;
        }

        var metrics = new CanaryMetrics(meters, _options.Interval, timeProvider.GetUtcNow());
        using var timer = new PeriodicTimer(_options.Interval, timeProvider);
        try
        {
            do
            {
                var result = await RunAsync(stoppingToken);
                metrics.Record(result, timeProvider.GetUtcNow());
                Tell(result);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The ordinary way to stop.
        }
    }

    private async Task<CanaryResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (apps.Find(_options.App!) is not { } app)
            {
                return CanaryResult.Failed($"There is no app {_options.App}.");
            }

            var pushEvent = MakeEvent(app.Id, timeProvider.GetUtcNow());
            var receipt = await publisher.PublishAsync(app.Key, pushEvent, idempotencyKey: null, cancellationToken);
            var result = await WatchAsync(app.Key, pushEvent, cancellationToken);
            await ForgetOldAsync(receipt.Event!.Key, cancellationToken);
            return result;
        }
        catch (StoreUnavailableException)
        {
            return CanaryResult.Failed("The store cannot take changes.");
        }
#pragma warning disable CA1031 // Whatever goes wrong is what the canary is there to tell.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return CanaryResult.Failed(exception.Message);
        }
    }

    /// <summary>Urgent, so that nobody's night and no cap holds it, and worth nothing after the time it is given.</summary>
    private PushEvent MakeEvent(string appId, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now).ToString("N"),
        AppId = appId,
        Type = EventType,
        Audience = new Audience(AudienceKind.Subscribers, [_options.Subscriber!]),
        Notification = _options.Silent ? new NotificationContent() : new NotificationContent { Title = "PushGateway", Body = "The canary sings." },
        Data = new Dictionary<string, string> { ["canary"] = "true" },
        Options = new EventOptions
        {
            Priority = EventPriority.High,
            Ttl = _options.Timeout,
            CollapseId = EventType,
            Silent = _options.Silent,
            Live = LiveMode.Off,
        },
        CreatedAt = now,
    };

    private async Task<CanaryResult> WatchAsync(int appKey, PushEvent pushEvent, CancellationToken cancellationToken)
    {
        var (start, look) = (timeProvider.GetTimestamp(), s_firstLook);
        while (timeProvider.GetElapsedTime(start) < _options.Timeout)
        {
            await Task.Delay(look, timeProvider, cancellationToken);
            look = look * 2 < s_longestLook ? look * 2 : s_longestLook;
            if (await events.FindAsync(appKey, pushEvent.Id, cancellationToken) is not { } record)
            {
                return CanaryResult.Failed("Its event is gone.");
            }

            if (record.Timings.FirstAcceptedAt is { } acceptedAt)
            {
                return CanaryResult.Accepted(acceptedAt - record.Timings.CreatedAt);
            }

            if (record.State.IsFinal())
            {
                return Judge(record.Account);
            }
        }

        return CanaryResult.Late($"No provider accepted it within {_options.Timeout.TotalSeconds:0} seconds.");
    }

    private CanaryResult Judge(EventAccount account)
    {
        if (account.Counts is { Accepted: 0, Expired: > 0 })
        {
            return CanaryResult.Late("It expired before any provider accepted it.");
        }

        var reasons = string.Join(", ", account.Providers.Values.SelectMany(provider => provider.Reasons.Keys).Distinct());
        return account.Counts.Targeted == 0
            ? CanaryResult.Failed($"Subscriber {_options.Subscriber} has no device.")
            : CanaryResult.Failed($"It was refused: {reasons}.");
    }

    private async Task ForgetOldAsync(long eventKey, CancellationToken cancellationToken)
    {
        _kept.Enqueue(eventKey);
        while (_kept.Count > KeptEvents)
        {
            // One that is not final yet is tried again with the next run, and is kept as long as any event if there is none.
            if (!await events.ForgetAsync(_kept.Peek(), cancellationToken) && _kept.Count <= 2 * KeptEvents)
            {
                break;
            }

            _kept.Dequeue();
        }
    }

    /// <summary>Only when it changes: an alert goes by the metrics.</summary>
    private void Tell(in CanaryResult result)
    {
        var wasFailing = _isFailing;
        _isFailing = result.Outcome != CanaryOutcome.Accepted;
        if (_isFailing && !wasFailing)
        {
            ServerLog.CanaryFailing(logger, result.Problem!);
        }
        else if (wasFailing && !_isFailing)
        {
            ServerLog.CanaryWell(logger, result.Duration.TotalMilliseconds);
        }
    }
}
