using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>One running event: where its shards stand, its account, and whether it may go on.</summary>
/// <remarks>Mutable members are guarded by <see cref="FanOutSchedule"/>, except the account, which guards itself.</remarks>
internal sealed class FanOut
{
    /// <summary>
    /// How long an event with TTL zero is worth a first attempt. "Now or never" is the provider's matter; the gateway still needs
    /// some time to get through a large audience.
    /// </summary>
    public static readonly TimeSpan ZeroTtlGrace = TimeSpan.FromMinutes(10);

    private readonly ShardProgress[] _shards;
    private readonly RenderedVariants?[] _rendered = new RenderedVariants?[ProviderKinds.All.Count];
    private readonly LocaleVariants _variants;
    private AudienceQuery? _query;
    private App? _queryApp;
    private int _nextShard;

    public FanOut(EventRecord record, FanOutPlan plan, DateTimeOffset now)
    {
        Record = record;
        Control = record.Control;
        StartedAt = record.Timings.StartedAt;
        FirstAcceptedAt = record.Timings.FirstAcceptedAt;
        Account = new FanOutAccount(plan);
        _variants = record.Event.Localizations.Count == 0
            ? LocaleVariants.None
            : new LocaleVariants(record.Event.Localizations.Keys.Order(StringComparer.Ordinal));
        var shards = new SortedDictionary<int, ShardProgress>();
        foreach (var planned in plan.Shards)
        {
            if (!shards.TryGetValue(planned.Shard, out var shard))
            {
                shards[planned.Shard] = shard = new ShardProgress(planned.Shard);
            }

            shard[planned.Provider] = new ProviderProgress
            {
                Cursor = planned.Cursor,
                IsRead = planned.IsRead,
                DeferredDueAt = planned.DeferredDueAt,
            };
        }

        _shards = [.. shards.Values];
        var rate = record.Event.Options.MaxRatePerSecond;
        Pace = rate is { } perSecond ? new TokenBucket(perSecond, Math.Max(1, perSecond / 4.0), now) : null;
    }

    public EventRecord Record { get; }

    public PushEvent Event => Record.Event;

    public FanOutAccount Account { get; }

    /// <summary>The event's own pace, or <see langword="null"/>.</summary>
    public TokenBucket? Pace { get; }

    public EventControl Control { get; private set; }

    /// <summary>Fires when sending has to stop; replaced when the event is resumed.</summary>
    public CancellationTokenSource Stop { get; private set; } = new();

    public int PagesUnderWay { get; private set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FirstAcceptedAt { get; set; }

    /// <summary>The TTL ended while part of the audience was unread.</summary>
    public bool ExpiredUnread { get; private set; }

    /// <summary>Completing it has begun; no further turn is taken.</summary>
    public bool IsFinishing { get; set; }

    /// <summary>Completes when the event is final and recorded so, or dropped with its app.</summary>
    public TaskCompletionSource Final { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a pause has taken effect; made anew by each pause.</summary>
    public TaskCompletionSource? Idle { get; private set; }

    /// <summary>Where the schedule keeps it: queued in its lane, or until when it sleeps.</summary>
    public bool IsQueued { get; set; }

    public DateTimeOffset? WakeAt { get; set; }

    /// <summary>After this instant nothing is sent any more.</summary>
    public DateTimeOffset Deadline => Event.Options.Ttl == TimeSpan.Zero ? Event.StartsAt + ZeroTtlGrace : Event.Expiration;

    /// <summary>
    /// The instant that its sending waits for; <see langword="null"/> when it waits for none. An event without one is due whatever the clock says, and so is one that has
    /// begun: the clock may have been set back since.
    /// </summary>
    public DateTimeOffset? BeginsAt => StartedAt is null ? Event.Options.SendAt : null;

    public bool IsDone => Array.TrueForAll(_shards, shard => shard.IsDone);

    public void SetControl(EventControl control)
    {
        Control = control;
        if (control == EventControl.Run)
        {
            if (Stop.IsCancellationRequested)
            {
                Stop = new CancellationTokenSource();
            }

            Idle?.TrySetResult();
            Idle = null;
            return;
        }

        Stop.Cancel();
        if (control == EventControl.Pause)
        {
            Idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CompleteIdle();
        }
    }

    /// <summary>The next page's worth of work.</summary>
    /// <param name="app">The app as it stands.</param>
    /// <param name="pageSize">Devices a full page has.</param>
    /// <param name="now">The instant to judge by.</param>
    /// <param name="gates">The app's gates; a provider without one has no credential, and its devices are rejected at once.</param>
    /// <param name="wakeAt">When no turn is taken: when to look again, or <see langword="null"/> when only the end of a turn can change anything.</param>
    public Turn? TakeTurn(
        App app, int pageSize, DateTimeOffset now, Func<ProviderKind, ProviderGate?> gates, out DateTimeOffset? wakeAt)
    {
        wakeAt = null;
        if (Control == EventControl.Pause || IsFinishing)
        {
            return null;
        }

        if (Control == EventControl.Run && now < BeginsAt)
        {
            wakeAt = BeginsAt;
            return null;
        }

        ReceiptOutcome? sweep = Control == EventControl.Cancel ? ReceiptOutcome.Cancelled
            : now >= Deadline ? ReceiptOutcome.Expired
            : null;
        if (sweep is null && Pace is not null && Pace.Available(pageSize, now) == 0)
        {
            wakeAt = Earlier(Pace.WhenAvailable(pageSize, now), Deadline);
            return null;
        }

        if (sweep == ReceiptOutcome.Expired)
        {
            ExpiredUnread |= Array.Exists(_shards, shard => !shard.IsRead);
        }

        wakeAt = sweep is null ? Deadline : null;
        for (var step = 0; step < _shards.Length; step++)
        {
            var shard = _shards[_nextShard];
            _nextShard = (_nextShard + 1) % _shards.Length;
            if (shard.IsBusy)
            {
                continue;
            }

            var turn = TakeDeferred(shard, app, pageSize, now, gates, sweep, ref wakeAt)
                ?? TakeUnread(shard, app, pageSize, now, gates, sweep, ref wakeAt);
            if (turn is not null)
            {
                shard.IsBusy = true;
                PagesUnderWay++;
                return turn;
            }
        }

        return null;
    }

    /// <summary>What was deferred is due so much earlier.</summary>
    public void BringDeferredForward(TimeSpan step)
    {
        foreach (var shard in _shards)
        {
            foreach (var provider in ProviderKinds.All)
            {
                if (shard[provider] is { DeferredDueAt: not null } progress)
                {
                    progress.DeferredDueAt -= step;
                }
            }
        }
    }

    /// <summary>The turn is over; what it moved was already noted in the shard.</summary>
    public void ReturnTurn(Turn turn)
    {
        turn.Shard.IsBusy = false;
        PagesUnderWay--;
        CompleteIdle();
    }

    /// <summary>The audience query against the app as it stands.</summary>
    public AudienceQuery Query(App app)
    {
        if (_query is null || !ReferenceEquals(_queryApp, app))
        {
            _queryApp = app;
            _query = new AudienceQuery
            {
                AppKey = app.Key,
                Audience = Event.Audience,
                Filter = Event.Filter,
                Variants = _variants,
                CredentialVersions = [.. ProviderKinds.All.Select(provider => app.CredentialFor(provider)?.Version ?? 0)],
            };
        }

        return _query;
    }

    /// <summary>The event rendered for one provider, once per content variant; again only when the credential changes.</summary>
    public IReadOnlyList<RenderedNotification> Render(IPushProvider provider, ProviderCredential credential)
    {
        var rendered = Volatile.Read(ref _rendered[(int)provider.Kind]);
        if (rendered is null || rendered.CredentialVersion != credential.Version)
        {
            // Two pages may render at once in the beginning; they come to the same bytes, and one of them is kept.
            List<RenderedNotification> variants = [provider.Render(credential, Event, Event.Notification)];
            variants.AddRange(_variants.Tags.Select(
                tag => provider.Render(credential, Event, Event.Notification.With(Event.Localizations[tag]))));
            rendered = new RenderedVariants(credential.Version, variants);
            Volatile.Write(ref _rendered[(int)provider.Kind], rendered);
        }

        return rendered.Variants;
    }

    private void CompleteIdle()
    {
        if (PagesUnderWay == 0)
        {
            Idle?.TrySetResult();
        }
    }

    private Turn? TakeDeferred(
        ShardProgress shard, App app, int pageSize, DateTimeOffset now, Func<ProviderKind, ProviderGate?> gates,
        ReceiptOutcome? sweep, ref DateTimeOffset? wakeAt)
    {
        var due = ProviderSet.None;
        foreach (var provider in ProviderKinds.All)
        {
            if (shard[provider]?.DeferredDueAt is not { } dueAt)
            {
                continue;
            }

            if (sweep is null && dueAt > now)
            {
                wakeAt = Earlier(wakeAt, dueAt);
            }
            else
            {
                due |= provider.AsSet();
            }
        }

        var providers = Admit(due, pageSize, now, gates, sweep, out var capacity, out var isProbe, ref wakeAt);
        return providers == ProviderSet.None ? null : Take(shard, app, providers, capacity, isProbe, now, gates, sweep) with
        {
            IsDeferred = true,
            DueAt = sweep is null ? now : DateTimeOffset.MaxValue,
        };
    }

    private Turn? TakeUnread(
        ShardProgress shard, App app, int pageSize, DateTimeOffset now, Func<ProviderKind, ProviderGate?> gates,
        ReceiptOutcome? sweep, ref DateTimeOffset? wakeAt)
    {
        var unread = ProviderSet.None;
        foreach (var provider in ProviderKinds.All)
        {
            unread |= shard[provider] is { IsRead: false } ? provider.AsSet() : ProviderSet.None;
        }

        var admitted = Admit(unread, pageSize, now, gates, sweep, out var capacity, out var isProbe, ref wakeAt);
        if (admitted == ProviderSet.None)
        {
            return null;
        }

        // Providers that stand at the same place are read in one pass; one that was held up follows by itself.
        var (providers, after) = (ProviderSet.None, default(AudienceCursor));
        foreach (var provider in ProviderKinds.All)
        {
            if (admitted.Contains(provider) && (providers == ProviderSet.None || shard[provider]!.Cursor == after))
            {
                providers |= provider.AsSet();
                after = shard[provider]!.Cursor;
            }
        }

        return Take(shard, app, providers, capacity, isProbe, now, gates, sweep) with { After = after };
    }

    /// <summary>Which of the providers may be sent to now: one on trial that is due for a probe alone, else all that are open.</summary>
    private static ProviderSet Admit(
        ProviderSet wanted, int pageSize, DateTimeOffset now, Func<ProviderKind, ProviderGate?> gates, ReceiptOutcome? sweep,
        out int capacity, out bool isProbe, ref DateTimeOffset? wakeAt)
    {
        (capacity, isProbe) = (pageSize, false);
        if (sweep is not null)
        {
            return wanted;
        }

        var admitted = ProviderSet.None;
        foreach (var provider in ProviderKinds.All)
        {
            if (!wanted.Contains(provider))
            {
                continue;
            }

            if (gates(provider) is not { } gate)
            {
                admitted |= provider.AsSet();
                continue;
            }

            var onTrial = gate.IsOnTrial;
            var count = gate.Admits(pageSize, now, out var retryAt);
            if (count == 0)
            {
                wakeAt = Earlier(wakeAt, retryAt);
            }
            else if (onTrial)
            {
                (capacity, isProbe) = (count, true);
                return provider.AsSet();
            }
            else
            {
                admitted |= provider.AsSet();
                capacity = Math.Min(capacity, count);
            }
        }

        return admitted;
    }

    private Turn Take(
        ShardProgress shard, App app, ProviderSet providers, int capacity, bool isProbe, DateTimeOffset now,
        Func<ProviderKind, ProviderGate?> gates, ReceiptOutcome? sweep)
    {
        if (sweep is null)
        {
            if (Pace is not null)
            {
                capacity = Pace.Available(capacity, now);
                Pace.Take(capacity);
            }

            foreach (var provider in ProviderKinds.All)
            {
                if (providers.Contains(provider))
                {
                    gates(provider)?.Enter(capacity, isProbe);
                }
            }
        }

        return new Turn
        {
            FanOut = this,
            Shard = shard,
            App = app,
            Providers = providers,
            Sweep = sweep,
            Capacity = capacity,
            IsProbe = isProbe,
            Stop = Stop.Token,
        };
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset right) => left < right ? left : right;

    private sealed record RenderedVariants(int CredentialVersion, IReadOnlyList<RenderedNotification> Variants);
}
