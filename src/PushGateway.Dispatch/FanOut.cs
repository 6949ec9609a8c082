using System.Collections.Concurrent;
using System.Diagnostics;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>One running event: where its shards stand, its account, and whether it may go on.</summary>
/// <remarks>Mutable members are guarded by <see cref="FanOutSchedule"/>, except the account, which guards itself.</remarks>
internal sealed class FanOut
{
    /// <summary>From so many devices on an event is one of many pages in every shard, and what they have in common is worth gathering.</summary>
    private const int LargeAudience = 20_000;

    /// <summary>More than nearly anybody has. Who has more gets a second page.</summary>
    private const int DevicesPerSubscriber = 16;

    /// <summary>How old an audience may be when it is sent to: about as old as any page grows that waits for its provider.</summary>
    private static readonly TimeSpan s_firstPageFreshness = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Deferred devices wait so much longer while their shard has unread ones: those that come due meanwhile share a page, instead of each getting one that the unread
    /// would have to wait for. Those of a large event come due together, once a second.
    /// </summary>
    private static readonly TimeSpan s_gathering = TimeSpan.FromSeconds(1);

    /// <summary>Longer than the waits between attempts, for which it does not pay to load an event anew.</summary>
    private static readonly TimeSpan s_shortestRest = TimeSpan.FromMinutes(20);

    private readonly int _plannedShards;
    private ShardProgress[] _shards;
    private readonly RenderedVariants?[] _rendered = new RenderedVariants?[ProviderKinds.All.Count];
    private readonly LocaleVariants _variants;
    private readonly DateTimeOffset _takenUpAt;
    private readonly ProviderSet _absent;
    private FirstPage? _first;
    private DateTimeOffset? _clientsHaveUntil;
    private bool _isBeginning;
    private readonly ConcurrentDictionary<(ProviderKind Provider, DateTimeOffset StartsAt), RenderedVariants> _renderedLocally = new();
    private Plan? _plan;
    private int _nextShard;
    private bool _isUntouched = true;
    private bool _isSpanDecided;

    /// <param name="leases">Of the plan's shards only those held are taken up; <see langword="null"/> for all.</param>
    public FanOut(EventRecord record, FanOutPlan plan, DateTimeOffset now, ShardLeases? leases = null)
    {
        leases ??= ShardLeases.All;
        Record = record;
        Control = record.Control;
        StartedAt = record.Timings.StartedAt;
        FirstAcceptedAt = record.Timings.FirstAcceptedAt;
        Account = new FanOutAccount(plan);
        (_first, _takenUpAt) = (plan.First, now);
        ProgressedAt = now;
        _clientsHaveUntil = record.Event.Options.AwaitsConfirmation && StartedAt is { } started ? Earlier(started, now) + LiveWait : null;
        _absent = AbsentFrom(plan.First);
        _variants = VariantsOf(record.Event);
        var shards = new SortedDictionary<int, ShardProgress>();
        foreach (var planned in plan.Shards)
        {
            ExpiredUnread |= planned.ExpiredUnread;
            if (!shards.TryGetValue(planned.Shard, out var shard))
            {
                shards[planned.Shard] = shard = new ShardProgress(planned.Shard, leases.EpochOf(planned.Shard), leases.FenceOf(planned.Shard));
            }

            shard[planned.Provider] = new ProviderProgress
            {
                Cursor = planned.Cursor,
                IsRead = planned.IsRead,
                Begun = planned.Begun,
                DeferredDueAt = planned.DeferredDueAt,
            };
        }

        _plannedShards = shards.Count;
        _shards = [.. shards.Values.Where(shard => leases.Holds(shard.Shard))];
        IsWhole = _shards.Length == _plannedShards;
        MayEndAtOnce = _shards.Length == 1 && _plannedShards == 1 && plan.Shards.All(shard => shard is { IsRead: false, DeferredDueAt: null } && shard.Cursor == default);
        IsStartRecorded = StartedAt is not null;
        var rate = record.Event.Options.MaxRatePerSecond;
        Pace = rate is { } perSecond ? new TokenBucket(perSecond, BurstOf(perSecond), now) : null;
        SharePace(now);
    }

    /// <summary>No other gateway has had a part of the event since it was taken up, so <see cref="Account"/> is all there is of it.</summary>
    public bool IsWhole { get; private set; }

    public EventRecord Record { get; }

    public PushEvent Event => Record.Event;

    public FanOutAccount Account { get; }

    /// <summary>The event's own pace, or <see langword="null"/>.</summary>
    public TokenBucket? Pace { get; }

    public EventControl Control { get; private set; }

    /// <summary>Fires when sending has to stop; replaced when the event is resumed.</summary>
    public CancellationTokenSource Stop { get; private set; } = new();

    public int PagesUnderWay { get; private set; }

    /// <summary>The event's span; <see langword="null"/> when it is not traced.</summary>
    public Activity? Span { get; private set; }

    /// <summary>When devices last came to their outcome, or were sorted, while the event was held in memory; before that, when it was taken up.</summary>
    public DateTimeOffset ProgressedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>Whether the store has been told of <see cref="StartedAt"/>, or is being told.</summary>
    public bool IsStartRecorded { get; set; }

    public DateTimeOffset? FirstAcceptedAt { get; set; }

    /// <summary>One shard, nothing of it recorded when the event was taken up: its first page may be its last, and then ends it in the same commit.</summary>
    public bool MayEndAtOnce { get; }

    /// <summary>
    /// For so many devices that single ones are put aside for later: what is to be done to them, and those that are to be tried again.
    /// </summary>
    public bool IsLarge => Record.EstimatedAudience >= LargeAudience;

    /// <summary>The TTL ended while part of the audience was unread.</summary>
    public bool ExpiredUnread { get; private set; }

    /// <summary>Completing it has begun; no further turn is taken.</summary>
    public bool IsFinishing { get; set; }

    /// <summary>Completes when the event is final and recorded so, dropped with its app, or left to the store until a later time.</summary>
    public TaskCompletionSource Final { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a pause has taken effect; made anew by each pause.</summary>
    public TaskCompletionSource? Idle { get; private set; }

    /// <summary>Where the schedule keeps it: queued in its lane, or until when it sleeps.</summary>
    public bool IsQueued { get; set; }

    public DateTimeOffset? WakeAt { get; set; }

    /// <summary>After this instant nothing is sent any more.</summary>
    public DateTimeOffset Deadline => Event.Deadline;

    /// <summary>After this instant nothing is sent any more to devices whose local time came at <paramref name="startsAt"/>.</summary>
    /// <param name="startsAt"><see langword="null"/> for devices without a local time of their own.</param>
    public DateTimeOffset DeadlineOf(DateTimeOffset? startsAt) => startsAt is not { } start ? Deadline
        : start + (Event.Options.Ttl == TimeSpan.Zero ? EventOptions.ZeroTtlGrace : Event.Options.Ttl);

    /// <summary>Until when there is nothing to do but to wait for the first device that is due; <see langword="null"/> when there is, or when that is soon.</summary>
    public DateTimeOffset? RestsUntil(DateTimeOffset now)
    {
        if (Control != EventControl.Run || PagesUnderWay > 0 || IsFinishing || !Array.TrueForAll(_shards, shard => shard.IsRead))
        {
            return null;
        }

        DateTimeOffset? first = null;
        foreach (var shard in _shards)
        {
            foreach (var provider in ProviderKinds.All)
            {
                first = shard[provider]?.DeferredDueAt is { } dueAt ? Earlier(first, dueAt) : first;
            }
        }

        return first is { } due && Earlier(due, Deadline) is { } wakeAt && wakeAt - now > s_shortestRest ? wakeAt : null;
    }

    /// <summary>
    /// The instant that its sending waits for; <see langword="null"/> when it waits for none. An event without one is due whatever the clock says, and so is one that has
    /// begun: the clock may have been set back since.
    /// </summary>
    public DateTimeOffset? BeginsAt => StartedAt is null ? Event.Options.SendAt : null;

    private TimeSpan LiveWait => Event.Options.LiveWait ?? EventOptions.DefaultLiveWait;

    /// <summary>
    /// An event that goes live when it begins is recorded as begun before anything is sent: connected clients do not wait for the providers, whatever is the matter with those. From then on clients
    /// have time to confirm, where that spares them the notification.
    /// </summary>
    /// <returns>Whether that is to be done now; named once.</returns>
    public bool TryBegin(DateTimeOffset now)
    {
        if (_isBeginning || !IsToBegin || now < BeginsAt || Control != EventControl.Run || IsFinishing)
        {
            return false;
        }

        return _isBeginning = true;
    }

    /// <summary>The beginning is recorded, or could not be and has to be tried again.</summary>
    /// <param name="at"><see langword="null"/> when it could not be.</param>
    public void Begin(DateTimeOffset? at)
    {
        _isBeginning = false;
        if (at is { } begun)
        {
            (StartedAt, IsStartRecorded, ProgressedAt) = (begun, true, begun);
            if (Event.Options.AwaitsConfirmation)
            {
                (_clientsHaveUntil, ProgressedAt) = (begun + LiveWait, begun + LiveWait);
            }
        }
    }

    private bool IsToBegin => !IsStartRecorded && (Event.Options.AwaitsConfirmation || (StartedAt is null && Event.StartsAt > Event.CreatedAt && Event.LiveChannels.Count > 0));

    /// <summary>Decides once whether the event is traced: to ask for every page would trace the larger ones more often.</summary>
    public void Trace()
    {
        if (!_isSpanDecided)
        {
            (_isSpanDecided, Span) = (true, DispatchTracing.StartFanOut(Event));
        }
    }

    /// <summary>It is final, or let go of.</summary>
    public void EndTrace()
    {
        if (Span is { } span)
        {
            var counts = Account.RecordedCounts;
            span.SetTag("pushgateway.targeted", counts.Targeted);
            span.SetTag("pushgateway.accepted", counts.Accepted);
            span.SetTag("pushgateway.pending", counts.Pending);
            span.Dispose();
        }
    }

    /// <summary>
    /// Since when it could have come further and has not; <see langword="null"/> while it is paused, has not begun, or waits for a time that devices or repeats are
    /// due at. A closed gate and a pace are no excuse: whoever looks wants to know.
    /// </summary>
    public DateTimeOffset? StandsSince(DateTimeOffset now)
    {
        if (Control == EventControl.Pause || now < BeginsAt || now < _clientsHaveUntil)
        {
            return null;
        }

        var since = BeginsAt is { } at && at > ProgressedAt ? at : ProgressedAt;
        if (PagesUnderWay > 0 || !Array.TrueForAll(_shards, shard => shard.IsRead))
        {
            return since;
        }

        DateTimeOffset? due = null;
        foreach (var shard in _shards)
        {
            foreach (var provider in ProviderKinds.All)
            {
                due = shard[provider]?.DeferredDueAt is { } dueAt ? Earlier(due, dueAt) : due;
            }
        }

        return due is null ? since : due > now ? null : due > since ? due : since;
    }

    public bool IsDone => Array.TrueForAll(_shards, shard => shard.IsDone);

    /// <summary>How the event ends with this account, when it ends.</summary>
    public EventState FinalState(OutcomeCounts counts) => Control == EventControl.Cancel ? EventState.Cancelled
        : ExpiredUnread || (counts.Expired > 0 && counts.Accepted + counts.Live == 0) ? EventState.Expired
        : EventState.Completed;

    public void SetControl(EventControl control)
    {
        if (Control == EventControl.Cancel)
        {
            // A cancel cannot be taken back. A wish that was recorded before it may be told after it.
            return;
        }

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

    /// <summary>Lets go of shards that are not held any more. One that has a turn out stays until that is returned.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Keep(ShardLeases leases, DateTimeOffset now)
    {
        var isAnyLost = !Array.TrueForAll(_shards, shard => shard.IsBusy || IsHeld(shard, leases));
        if (isAnyLost)
        {
            _shards = Array.FindAll(_shards, shard => shard.IsBusy || IsHeld(shard, leases));
            IsWhole = false;
            SharePace(now);
        }

        return isAnyLost;
    }

    /// <summary>Takes over the shards that this gateway has come to hold since, and a wish that was not heard of, from the event as it was just read from the store.</summary>
    public void TakeOver(FanOut read, ShardLeases leases, DateTimeOffset now)
    {
        Keep(leases, now);
        var gained = Array.FindAll(read._shards, shard => IsHeld(shard, leases) && !Array.Exists(_shards, own => own.Shard == shard.Shard));
        if (gained.Length > 0)
        {
            _shards = [.. _shards.Concat(gained).OrderBy(shard => shard.Shard)];
            IsWhole = false;
            SharePace(now);
        }

        ExpiredUnread |= read.ExpiredUnread;
        if (read.Control != Control)
        {
            SetControl(read.Control);
        }
    }

    /// <summary>The next page's worth of work.</summary>
    /// <param name="app">The app as it stands.</param>
    /// <param name="pageSize">Devices a full page has.</param>
    /// <param name="now">The instant to judge by.</param>
    /// <param name="gates">The app's gates; a provider without one has no credential, and its devices are rejected at once.</param>
    /// <param name="wakeAt">When no turn is taken: when to look again, or <see langword="null"/> when only the end of a turn can change anything.</param>
    /// <param name="leases">Nothing is begun in a shard that is not held; <see langword="null"/> when all are.</param>
    public Turn? TakeTurn(
        App app, int pageSize, DateTimeOffset now, Func<ProviderKind, ProviderGate?> gates, out DateTimeOffset? wakeAt, ShardLeases? leases = null)
    {
        leases ??= ShardLeases.All;
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

        if (Control == EventControl.Run && (IsToBegin || now < _clientsHaveUntil))
        {
            wakeAt = _clientsHaveUntil;
            return null;
        }

        if (_first is { } first)
        {
            // No more is reserved than is needed: a quota would otherwise run out with a few of these.
            pageSize = Math.Min(pageSize, Math.Max(1, first.Page.Count));
        }
        else if (MayEndAtOnce && _isUntouched && Hours(app) is null)
        {
            // The same for one that comes from the store: a few devices for each of the few subscribers that it is for.
            pageSize = (int)Math.Min(pageSize, DevicesPerSubscriber * Math.Max(1, Record.EstimatedAudience));
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
            _nextShard %= _shards.Length;
            var shard = _shards[_nextShard];
            _nextShard = (_nextShard + 1) % _shards.Length;
            if (shard.IsBusy || !IsHeld(shard, leases))
            {
                continue;
            }

            var turn = TakeDeferred(shard, app, pageSize, now, gates, sweep, ref wakeAt)
                ?? TakeUnread(shard, app, pageSize, now, gates, sweep, ref wakeAt);
            if (turn is not null)
            {
                shard.IsBusy = true;
                _isUntouched = false;
                PagesUnderWay++;
                return turn;
            }
        }

        return null;
    }

    /// <summary>What was deferred is due so much earlier.</summary>
    public void BringDeferredForward(TimeSpan step)
    {
        _clientsHaveUntil -= step;
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
    public AudienceQuery Query(App app) => PlanFor(app).Query;

    /// <summary>The event's hours by the app as it stands; <see langword="null"/> when the time of day does not matter.</summary>
    public SendingHours? Hours(App app) => PlanFor(app).Hours;

    /// <summary>
    /// Both of it together. A page has to be judged by the hours that go with the query it was read with: zones have their numbers in the order in which
    /// they were met.
    /// </summary>
    public Plan PlanFor(App app)
    {
        // Two pages may make it at once. Each goes on with its own, and one of them is kept for the next.
        var plan = Volatile.Read(ref _plan);
        if (plan is null || !ReferenceEquals(plan.App, app))
        {
            var hours = SendingHours.Of(Event, app);
            var query = QueryFor(app, Event, _variants) with { Zones = hours?.Zones };
            Volatile.Write(ref _plan, plan = new Plan(app, query, hours));
        }

        return plan;
    }

    /// <summary>What <see cref="TakeFirstPage"/> can be read with already when the event is published.</summary>
    /// <returns><see langword="null"/> when the time of day matters: few events that are for one subscriber have such a wish.</returns>
    public static AudienceQuery? QueryForFirstPage(App app, PushEvent pushEvent) =>
        SendingHours.Of(pushEvent, app) is null ? QueryFor(app, pushEvent, VariantsOf(pushEvent)) : null;

    /// <summary>The audience as it was read when the event was published, for the turn that would read the same now.</summary>
    /// <param name="turn">Becomes one for all providers of the event, those that have no device in the page included.</param>
    /// <param name="now">The instant to judge by.</param>
    /// <returns>
    /// <see langword="null"/> when there is none, or it is not what the turn has to read, or no longer fresh: then it is read anew, still for all providers, so
    /// that the page may be the whole event's.
    /// </returns>
    /// <remarks>Called by the one turn that is out for the event's only shard.</remarks>
    public AudiencePage? TakeFirstPage(ref Turn turn, DateTimeOffset now)
    {
        var (first, age) = (_first, now - _takenUpAt);
        _first = null;
        var providers = turn.Providers | _absent;
        if (first is null || turn is not { IsDeferred: false, Sweep: null } || turn.After != default || !turn.Shard.IsCoveredBy(providers) ||
            Hours(turn.App) is not null)
        {
            return null;
        }

        turn = turn with { Providers = providers, Unasked = _absent & ~turn.Providers };
        var isFresh = age >= TimeSpan.Zero && age <= s_firstPageFreshness && first.Page.Count <= turn.Capacity &&
            first.Query.CredentialVersions.SequenceEqual(Query(turn.App).CredentialVersions);
        return isFresh ? first.Page : null;
    }

    /// <summary>The event rendered for one provider, once per content variant; again only when the credential changes.</summary>
    /// <param name="startsAt">When the local time of the devices came; <see langword="null"/> when the event has none.</param>
    public IReadOnlyList<RenderedNotification> Render(IPushProvider provider, ProviderCredential credential, DateTimeOffset? startsAt)
    {
        // Two pages may render at once in the beginning; they come to the same bytes, and one of them is kept.
        if (startsAt is { } start)
        {
            // The expiration differs. There are as many as there are offsets from UTC in use, a few dozen.
            var key = (provider.Kind, start);
            return _renderedLocally.TryGetValue(key, out var known) && known.CredentialVersion == credential.Version
                ? known.Variants
                : (_renderedLocally[key] = RenderVariants(provider, credential, Event.StartingAt(start))).Variants;
        }

        var rendered = Volatile.Read(ref _rendered[(int)provider.Kind]);
        if (rendered is null || rendered.CredentialVersion != credential.Version)
        {
            rendered = RenderVariants(provider, credential, Event);
            Volatile.Write(ref _rendered[(int)provider.Kind], rendered);
        }

        return rendered.Variants;
    }

    private RenderedVariants RenderVariants(IPushProvider provider, ProviderCredential credential, PushEvent pushEvent)
    {
        List<RenderedNotification> variants = [provider.Render(credential, pushEvent, pushEvent.Notification)];
        variants.AddRange(_variants.Tags.Select(
            tag => provider.Render(credential, pushEvent, pushEvent.Notification.With(pushEvent.Localizations[tag]))));
        return new RenderedVariants(credential.Version, variants);
    }

    private static bool IsHeld(ShardProgress shard, ShardLeases leases) => leases.EpochOf(shard.Shard) == shard.Epoch;

    private static double BurstOf(double perSecond) => Math.Max(1, perSecond / 4);

    /// <summary>Of a pace that several gateways keep together, each has as much as it has of the event's shards.</summary>
    private void SharePace(DateTimeOffset now)
    {
        if (Pace is not null && _shards.Length > 0)
        {
            var perSecond = (double)Event.Options.MaxRatePerSecond!.Value * _shards.Length / _plannedShards;
            Pace.Change(perSecond, BurstOf(perSecond), now);
        }
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

            var readAt = sweep is not null ? now
                // Devices that wait for a time of day are no repeats; those that are meet the budget when the page is sent.
                : Hours(app) is null && gates(provider) is { } gate && !gate.Repeats.Admits(now, out var heldUntil) ? heldUntil
                // A gate that is closed opens for a device that is taken; one that has been tried before is as good for that as one that has not.
                : gates(provider) is { IsOnTrial: true } || shard[provider]!.IsRead || IsLarge ? dueAt
                : dueAt + s_gathering < Deadline ? dueAt + s_gathering
                : dueAt;
            if (readAt > now)
            {
                wakeAt = Earlier(wakeAt, readAt);
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
            unread |= shard[provider] is { IsRead: false } && !(_first is not null && _absent.Contains(provider)) ? provider.AsSet() : ProviderSet.None;
        }

        if (sweep is null && Event.Options.LocalTime is not null && unread != ProviderSet.None)
        {
            // Nothing is sent yet, so no gate has a say.
            var (sorted, from) = Together(shard, unread);
            return Take(shard, app, sorted, pageSize, isProbe: false, now, gates, sweep, isSorting: true) with { After = from };
        }

        var admitted = Admit(unread, pageSize, now, gates, sweep, out var capacity, out var isProbe, ref wakeAt);
        if (admitted == ProviderSet.None)
        {
            return null;
        }

        var (providers, after) = Together(shard, admitted);
        return Take(shard, app, providers, capacity, isProbe, now, gates, sweep) with
        {
            After = after,
            // Of a few devices perhaps none may be sent to at this hour, and nothing would be tried. So they are looked for in a full page.
            Capacity = isProbe && Hours(app) is not null ? pageSize : capacity,
        };
    }

    /// <summary>Providers that stand at the same place are read in one pass; one that was held up follows by itself.</summary>
    private static (ProviderSet Providers, AudienceCursor After) Together(ShardProgress shard, ProviderSet admitted)
    {
        var (providers, after) = (ProviderSet.None, default(AudienceCursor));
        foreach (var provider in ProviderKinds.All)
        {
            if (admitted.Contains(provider) && (providers == ProviderSet.None || shard[provider]!.Cursor == after))
            {
                providers |= provider.AsSet();
                after = shard[provider]!.Cursor;
            }
        }

        return (providers, after);
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
        Func<ProviderKind, ProviderGate?> gates, ReceiptOutcome? sweep, bool isSorting = false)
    {
        var quotas = new QuotaPace?[ProviderKinds.All.Count];
        TokenBucket? appPace = null;
        if (sweep is null && !isSorting)
        {
            if (Pace is not null)
            {
                capacity = Pace.Available(capacity, now);
                Pace.Take(capacity);
            }

            foreach (var provider in ProviderKinds.All)
            {
                if (providers.Contains(provider) && gates(provider) is { } gate)
                {
                    quotas[(int)provider] = gate.Enter(capacity, isProbe);
                    appPace = gate.AppPace;
                }
            }

            appPace?.Take(capacity);
        }

        return new Turn
        {
            FanOut = this,
            Shard = shard,
            App = app,
            Providers = providers,
            Sweep = sweep,
            Capacity = capacity,
            Quotas = quotas,
            AppPace = appPace,
            SendLimit = capacity,
            IsSorting = isSorting,
            IsProbe = isProbe,
            Stop = Stop.Token,
        };
    }

    /// <summary>Providers that need not be asked whether they may be sent to: the page has no device of theirs.</summary>
    private static ProviderSet AbsentFrom(FirstPage? first)
    {
        if (first is not { Page.Count: > 0 })
        {
            return ProviderSet.None;
        }

        var absent = ProviderSet.All;
        foreach (ref readonly var row in first.Page.Rows)
        {
            absent &= ~row.Provider.AsSet();
        }

        return absent;
    }

    private static LocaleVariants VariantsOf(PushEvent pushEvent) => pushEvent.Localizations.Count == 0
        ? LocaleVariants.None
        : new LocaleVariants(pushEvent.Localizations.Keys.Order(StringComparer.Ordinal));

    private static AudienceQuery QueryFor(App app, PushEvent pushEvent, LocaleVariants variants) => new()
    {
        AppKey = app.Key,
        Audience = pushEvent.Audience,
        Filter = pushEvent.Filter,
        Variants = variants,
        CredentialVersions = [.. ProviderKinds.All.Select(provider => app.CredentialFor(provider)?.Version ?? 0)],
    };

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset right) => left < right ? left : right;

    internal sealed record Plan(App App, AudienceQuery Query, SendingHours? Hours);

    private sealed record RenderedVariants(int CredentialVersion, IReadOnlyList<RenderedNotification> Variants);
}
