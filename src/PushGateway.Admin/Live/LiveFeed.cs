using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;

namespace PushGateway.Admin.Live;

/// <summary>The one stream of what is going on. It reads about once a second, only while somebody looks, and once for all who do.</summary>
/// <remarks>With many viewers it reads less often, so that drawing pages never takes more than a small part of a core from sending.</remarks>
internal sealed class LiveFeed(
    IAppStore apps, IEventStore events, IEventSearch search, IFanOutDispatcher dispatcher, IOutcomeTotals totals, IRemovalStore removals, IWebhookStore webhooks,
    IStoreWatch store, INodeDirectory nodes, TimeProvider timeProvider, ILogger<LiveFeed> logger) : BackgroundService
{
    public const int MaxInFlight = 20;
    public const int MaxScheduled = 10;
    public const int MaxRecent = 6;
    public const int MaxRates = 120;

    private const int MaxStandingTold = 3;

    private const int MaxProviders = 8;
    private const int MaxProvidersTold = 10;
    private const int ViewersPerSecond = 30;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_storeInterval = TimeSpan.FromSeconds(4);

    // With the longest interval, what stands still or does not answer is told within ten seconds.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // An event that its publisher slows down may come on in steps.
    private static readonly TimeSpan s_patienceWithPace = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _somebody = new(0);
    private readonly Queue<RateSample> _rates = new();
    private readonly Dictionary<long, long> _accepted = [];
    private readonly Dictionary<string, (int Watchers, EventTrail Trail)> _trails = [];
    private IReadOnlyList<LiveEvent> _recent = [];
    private DateTimeOffset _lastAt;
    private long[] _lastTotals = [];
    private StoreReport _store = new(null, null, null);
    private DateTimeOffset _storeAt;
    private int _viewers;

    /// <summary>Raised with each new snapshot. Handlers must be quick and must not throw.</summary>
    public event Action<LiveSnapshot>? Sampled;

    /// <summary>The last one, possibly of some time ago; <see langword="null"/> when nobody has looked yet.</summary>
    public LiveSnapshot? Latest { get; private set; }

    public int Viewers => Volatile.Read(ref _viewers);

    /// <summary>Somebody looks until the result is disposed.</summary>
    public IDisposable Watch()
    {
        if (Interlocked.Increment(ref _viewers) == 1)
        {
            _somebody.Release();
        }

        return new Viewer(this, null);
    }

    /// <summary>The same, and one event is followed.</summary>
    public (IDisposable Viewer, EventTrail Trail) Watch(int appKey, string eventId)
    {
        EventTrail trail;
        lock (_gate)
        {
            var entry = _trails.TryGetValue(eventId, out var known) ? known : (Watchers: 0, Trail: new EventTrail(appKey, eventId));
            trail = entry.Trail;
            _trails[eventId] = (entry.Watchers + 1, trail);
        }

        if (Interlocked.Increment(ref _viewers) == 1)
        {
            _somebody.Release();
        }

        return (new Viewer(this, eventId), trail);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                while (Viewers == 0)
                {
                    await _somebody.WaitAsync(stoppingToken);
                }

                await TrySampleAsync(stoppingToken);
                var wait = s_interval * Math.Max(1, Viewers / (double)ViewersPerSecond);
                await Task.Delay(wait < s_longest ? wait : s_longest, timeProvider, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The ordinary way to stop.
        }
    }

    public override void Dispose()
    {
        _somebody.Dispose();
        base.Dispose();
    }

    private async Task TrySampleAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A read of the store may hold its thread as long as the disk does: the one that watches over it must be another. It is awaited in any case, so there
            // are never two.
            var sampling = Task.Run(() => SampleAsync(cancellationToken), cancellationToken);
            if (!await IsDoneInTimeAsync(sampling, cancellationToken))
            {
                // What is shown meanwhile must not look as if it were of now.
                TellWithoutStore(new StoreReport($"It has not answered for {s_patience.TotalSeconds:0} seconds.", null, null));
            }

            // Whoever stops does not wait for a disk.
            var snapshot = await sampling.WaitAsync(cancellationToken);
            Latest = snapshot;
            Sampled?.Invoke(snapshot);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The store may be out of reach for a while; what is shown then says so.
            AdminLog.SampleFailed(logger, exception);
            TellWithoutStore(new StoreReport("The store cannot be read at the moment.", null, null));
        }
    }

    private async Task<bool> IsDoneInTimeAsync(Task sampling, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var isDone = await Task.WhenAny(sampling, Task.Delay(s_patience, timeProvider, waiting.Token)) == sampling;
        await waiting.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return isDone;
    }

    /// <summary>What was last known, or is in memory, and that the store is out of reach.</summary>
    private void TellWithoutStore(StoreReport report)
    {
        var last = Latest ?? new LiveSnapshot
        {
            At = timeProvider.GetUtcNow(),
            InFlight = [],
            HasMoreInFlight = false,
            Scheduled = [],
            ScheduledCount = 0,
            Recent = [],
            Totals = ProviderKinds.All.ToDictionary(provider => provider, totals.Of),
            Rates = [],
            Providers = [],
            Troubles = [],
            Store = report,
            Apps = apps.List().Count,
        };
        Latest = last with { Store = report, Troubles = [.. StoreTroubles(report), .. last.Troubles.Where(trouble => trouble.Link is not null)] };
        Sampled?.Invoke(Latest);
    }

    private async Task<LiveSnapshot> SampleAsync(CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        if (now - _storeAt >= s_storeInterval || now < _storeAt)
        {
            (_store, _storeAt) = (await store.ReadAsync(cancellationToken), now);
        }

        var all = apps.List();
        var byKey = all.ToDictionary(app => app.Key);
        // Each on its own: thousands that wait for their time must not hide what is being sent, nor what was.
        var begun = await search.ListBegunAsync(MaxInFlight + 1, cancellationToken);
        var inFlight = new List<LiveEvent>();
        foreach (var hit in begun.Take(MaxInFlight))
        {
            if (await FindAsync(byKey, hit, now, cancellationToken) is { } found && !found.Record.State.IsFinal())
            {
                inFlight.Add(found);
            }
        }

        var scheduled = new List<LiveEvent>();
        var waiting = await search.ListScheduledAsync(MaxScheduled, cancellationToken);
        foreach (var hit in waiting)
        {
            if (await FindAsync(byKey, hit, now, cancellationToken) is { } found)
            {
                scheduled.Add(found);
            }
        }

        await ReadRecentAsync(byKey, now, cancellationToken);
        await FollowAsync(now, cancellationToken);
        var counts = ProviderKinds.All.ToDictionary(provider => provider, totals.Of);
        Rate(now, counts);
        Forget([.. begun, .. waiting]);
        var providers = all
            .SelectMany(app => dispatcher.GetHealth(app.Key).Where(health => app.CredentialFor(health.Provider) is not null).Select(health => new LiveProvider(app.Id, app.Name, health)))
            .ToList();
        _lastAt = now;
        var gateways = await nodes.ListAsync(cancellationToken);
        return new LiveSnapshot
        {
            Nodes = gateways,
            At = now,
            InFlight = inFlight,
            HasMoreInFlight = begun.Count > MaxInFlight,
            Scheduled = scheduled,
            ScheduledCount = waiting.Count < MaxScheduled ? scheduled.Count : await search.CountScheduledAsync(cancellationToken),
            Recent = _recent,
            Totals = counts,
            Rates = [.. _rates],
            Providers = [.. providers.OrderByDescending(entry => entry.Health.State).Take(MaxProviders)],
            ProviderCount = providers.Count,
            Troubles = [.. StoreTroubles(_store), .. NodeTroubles(gateways), .. ProviderTroubles(providers), .. StandingTroubles(byKey, providers, now), .. HoldTroubles(byKey), .. WebhookTroubles(byKey)],
            Store = _store,
            Apps = all.Count,
        };
    }

    private async Task<LiveEvent?> FindAsync(Dictionary<int, App> byKey, EventHit hit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!byKey.TryGetValue(hit.AppKey, out var app) || await events.FindAsync(hit.AppKey, hit.EventId, cancellationToken) is not { } record)
        {
            return null;
        }

        record = Current(record);
        var accepted = record.Account.Counts.Accepted;
        var seconds = (now - _lastAt).TotalSeconds;
        var perSecond = _accepted.TryGetValue(record.Key, out var before) && seconds is > 0 and < 30 ? Math.Max(0, accepted - before) / seconds : 0;
        if (!record.State.IsFinal())
        {
            _accepted[record.Key] = accepted;
        }

        return new LiveEvent(record, app.Id, perSecond);
    }

    /// <summary>The event with what is under way in this process laid over what is recorded.</summary>
    public EventRecord Current(EventRecord record) => !record.State.IsFinal() && dispatcher.FindProgress(record.Key) is { } progress
        ? record with
        {
            State = progress.State,
            Account = progress.Account,
            Timings = record.Timings with
            {
                StartedAt = progress.StartedAt ?? record.Timings.StartedAt,
                FirstAcceptedAt = progress.FirstAcceptedAt ?? record.Timings.FirstAcceptedAt,
            },
        }
        : record;

    private async Task ReadRecentAsync(Dictionary<int, App> byKey, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hits = await search.ListFinishedAsync(MaxRecent, cancellationToken);
        var known = _recent.ToDictionary(entry => entry.Record.Key);
        var recent = new List<LiveEvent>();
        foreach (var hit in hits)
        {
            // A final event does not change any more.
            if (known.TryGetValue(hit.Key, out var before))
            {
                recent.Add(before);
            }
            else if (await FindAsync(byKey, hit, now, cancellationToken) is { } found)
            {
                recent.Add(found with { PerSecond = 0 });
            }
        }

        _recent = recent;
    }

    private async Task FollowAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        EventTrail[] followed;
        lock (_gate)
        {
            followed = [.. _trails.Values.Select(entry => entry.Trail)];
        }

        // What was sent does not change any more once the event is final, but it goes on being opened.
        foreach (var trail in followed.Where(trail => trail.Record?.State.IsFinal() != true || now - trail.ReadAt >= s_storeInterval || now < trail.ReadAt))
        {
            if (await events.FindAsync(trail.AppKey, trail.EventId, cancellationToken) is { } found)
            {
                var record = Current(found);
                // What was before anybody looked, and in the end all of it: the store knows it better than who only looked now and then.
                if (trail.LacksCourse(record))
                {
                    trail.TakeCourse(await events.ReadCourseAsync(record, EventTrail.MaxPoints / 2, cancellationToken), record);
                }

                trail.Add(now, record);
            }
        }
    }

    private void Rate(DateTimeOffset now, Dictionary<ProviderKind, OutcomeCounts> counts)
    {
        long[] accepted = [counts[ProviderKind.Apns].Accepted, counts[ProviderKind.Fcm].Accepted];
        var seconds = (now - _lastAt).TotalSeconds;
        if (_lastTotals.Length > 0 && seconds > 0)
        {
            // After a time without viewers the chart begins anew: an average over it would look like a measurement.
            if (seconds > 20)
            {
                _rates.Clear();
            }
            else
            {
                _rates.Enqueue(new RateSample(now, (accepted[0] - _lastTotals[0]) / seconds, (accepted[1] - _lastTotals[1]) / seconds));
            }
        }

        while (_rates.Count > MaxRates)
        {
            _rates.Dequeue();
        }

        _lastTotals = accepted;
    }

    private void Forget(IEnumerable<EventHit> unfinished)
    {
        var keep = unfinished.Select(hit => hit.Key).ToHashSet();
        foreach (var key in _accepted.Keys.Where(key => !keep.Contains(key)).ToList())
        {
            _accepted.Remove(key);
        }
    }

    private static IEnumerable<Trouble> StoreTroubles(StoreReport report)
    {
        if (report.Problem is { } problem)
        {
            yield return new Trouble(
                TroubleKind.Error, $"The store has a problem. {problem}",
                "New events and registrations are refused until it is solved; what is being sent is held, and nothing is lost. Free disk space, or see the gateway's log.", null, null);
        }

        if (report is { FreeBytes: { } free, TotalBytes: > 0 and var total } && (free < 500_000_000 || free < total * 0.05))
        {
            yield return new Trouble(
                free < 200_000_000 ? TroubleKind.Error : TroubleKind.Warning, $"The disk of the store is nearly full: {Words.Numbers.Bytes(free)} are free.",
                "Free some space, or move the store to a larger disk, before the gateway has to refuse events.", null, null);
        }
    }

    private static IEnumerable<Trouble> NodeTroubles(IReadOnlyList<GatewayNode> gateways) => gateways
        .Where(node => node.State is NodeState.Silent or NodeState.Late)
        .Select(node => new Trouble(
            TroubleKind.Warning, $"Gateway {node.Name} has not been heard of for {Words.Numbers.Of((long)node.SilentFor.TotalSeconds, "second")}.",
            node.State == NodeState.Late
                ? "Its part of the work stands still. If it stays silent, the other gateways take it over. See whether its machine runs and reaches the database."
                : "The other gateways have taken over its part. See whether its machine runs and reaches the database; one that is gone for good is forgotten after an hour.",
            null, null));

    private static IEnumerable<Trouble> ProviderTroubles(IReadOnlyList<LiveProvider> providers)
    {
        var troubled = providers.Where(provider => provider.Health.State != ProviderState.Running).OrderByDescending(provider => provider.Health.State).ToList();
        foreach (var provider in troubled.Take(MaxProvidersTold))
        {
            yield return new Trouble(
                provider.Health.State == ProviderState.Stopped ? TroubleKind.Error : TroubleKind.Warning,
                Words.ProviderWords.What(provider.Health, provider.AppName), Words.ProviderWords.Todo(provider.Health),
                $"/admin/apps/{provider.AppId}", provider.Health.State == ProviderState.Stopped ? "Check the credential" : "Look at the app");
        }

        if (troubled.Count > MaxProvidersTold)
        {
            yield return new Trouble(
                TroubleKind.Warning, $"{Words.Numbers.Count(troubled.Count - MaxProvidersTold)} more providers of apps have trouble.",
                "They are marked in the list of apps.", "/admin/apps", "Look at the apps");
        }
    }

    /// <summary>Events that could come further and do not, as far as no other trouble tells why.</summary>
    private IEnumerable<Trouble> StandingTroubles(Dictionary<int, App> byKey, IReadOnlyList<LiveProvider> providers, DateTimeOffset now)
    {
        if (_store.Problem is not null)
        {
            yield break;
        }

        var explained = providers.Where(provider => provider.Health.State != ProviderState.Running).Select(provider => provider.AppId).ToHashSet(StringComparer.Ordinal);
        var told = 0;
        foreach (var (record, since) in dispatcher.ListStanding(now - s_patience, MaxInFlight))
        {
            if (!byKey.TryGetValue(record.AppKey, out var app) || explained.Contains(app.Id))
            {
                continue;
            }

            var isPaced = record.Event.Options.MaxRatePerSecond is not null || app.Limits.MaxRatePerSecond is not null;
            if (isPaced && now - since < s_patienceWithPace)
            {
                continue;
            }

            if (told++ == MaxStandingTold)
            {
                yield break;
            }

            var entry = new LiveEvent(record, app.Id, 0);
            yield return new Trouble(
                now - since < s_patienceWithPace ? TroubleKind.Warning : TroubleKind.Error,
                $"“{entry.Title}” of {app.Name} stands still: no device has come to an outcome for {Words.Times.Span(now - since)}.",
                "The provider may be slow to answer, or its quota for this minute used up: then it goes on by itself. If it lasts, look at the gateway's log and at how busy its machine is; " +
                "a restart loses nothing.",
                $"/admin/events/{app.Id}/{entry.Id}", "Look at the event");
        }
    }

    private IEnumerable<Trouble> HoldTroubles(Dictionary<int, App> byKey) => removals.ListHeld()
        .Where(hold => hold.IsHeld && byKey.ContainsKey(hold.AppKey))
        .Select(hold => new Trouble(
            TroubleKind.Error,
            $"{Words.ProviderWords.Name(hold.Provider)} calls {Words.Numbers.Count(hold.Removed)} of the last {Words.Numbers.Count(hold.Judged)} devices of {byKey[hold.AppKey].Name} dead.",
            "That looks like a wrong environment, topic or project. The devices are set aside and none is removed. Check the credential, then decide.",
            $"/admin/removals?app={byKey[hold.AppKey].Id}", "Decide about the removals"));

    private IEnumerable<Trouble> WebhookTroubles(Dictionary<int, App> byKey) => webhooks.ListAll()
        .Where(webhook => webhook is { IsEnabled: true, ParkedAt: not null } && byKey.ContainsKey(webhook.AppKey))
        .Select(webhook => new Trouble(
            TroubleKind.Warning, $"Webhook {webhook.Id} of {byKey[webhook.AppKey].Name} has not answered for long.",
            $"{webhook.LastError} Notices for it are kept. Repair the receiver, then resume the webhook.", $"/admin/apps/{byKey[webhook.AppKey].Id}?tab=webhooks", "Look at the webhook"));

    private void Leave(string? eventId)
    {
        Interlocked.Decrement(ref _viewers);
        if (eventId is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_trails.TryGetValue(eventId, out var entry))
            {
                if (entry.Watchers <= 1)
                {
                    _trails.Remove(eventId);
                }
                else
                {
                    _trails[eventId] = (entry.Watchers - 1, entry.Trail);
                }
            }
        }
    }

    private sealed class Viewer(LiveFeed feed, string? eventId) : IDisposable
    {
        private int _gone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, 1) == 0)
            {
                feed.Leave(eventId);
            }
        }
    }
}
