using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>Runs the fan-outs of this process: takes up what is unfinished, lets pages take their turns within the bounds, completes events.</summary>
/// <remarks>
/// Stopping drains: no further page is read, pushes under way are awaited, those not begun are deferred, and every page is recorded.
/// A graceful stop therefore sends nothing twice.
/// </remarks>
internal sealed class FanOutWorker : BackgroundService, IFanOutDispatcher
{
    private static readonly TimeSpan s_failureDelay = TimeSpan.FromSeconds(1);

    /// <summary>How often to look, beside being told, for what other gateways have published.</summary>
    private static readonly TimeSpan s_lookAround = TimeSpan.FromSeconds(15);

    /// <summary>How often to look whether the other gateways have come to the end of a cancelled event.</summary>
    private static readonly TimeSpan s_othersInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>The clock is looked at this often, for it may have been set.</summary>
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromSeconds(1);

    /// <summary>Events that were just published and have yet to be read.</summary>
    private const int MaxPublishedWaiting = 10_000;

    /// <summary>How many of those are read at a time.</summary>
    private const int LoadsAtATime = 8;

    /// <summary>Every so many looks around, everything unfinished is looked at, not only what is new.</summary>
    private const int LooksForEverything = 4;

    /// <summary>Buffers grow to the largest page they were used for; more pages than this are small ones.</summary>
    private const int MaxKeptWorkspaces = 256;

    private readonly IFanOutStore _store;
    private readonly IAppStore _apps;
    private readonly ProviderGates _gates;
    private readonly FanOutSchedule _schedule;
    private readonly FanOutIntake _intake;
    private readonly IShardLeases _leases;
    private readonly PagePipeline _pipeline;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<FanOutWorker> _logger;

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly ClockWatch _clock;
    private readonly ConcurrentBag<PageWorkspace> _workspaces = [];
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly InFlight _inFlight;
    private int _keptWorkspaces;
    private CancellationToken _stopping = new(canceled: true);
    private int _leasesChanged;
    private int _hasMissed;
    private volatile bool _isFollowing;
    private DateTimeOffset _lookedAroundAt;
    private int _looksAround;

    // Bounded: what finds no room is found when looking around.
    private readonly Channel<long> _published = Channel.CreateBounded<long>(
        new BoundedChannelOptions(MaxPublishedWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    public FanOutWorker(
        IFanOutStore store, IAppStore apps, ProviderGates gates, FanOutSchedule schedule, FanOutIntake intake, IShardLeases leases, PagePipeline pipeline,
        IOptions<DispatchOptions> options, TimeProvider timeProvider, ILogger<FanOutWorker> logger)
    {
        (_store, _apps, _gates, _schedule, _intake, _leases, _pipeline) = (store, apps, gates, schedule, intake, leases, pipeline);
        (_timeProvider, _logger) = (timeProvider, logger);
        _inFlight = new InFlight(options.Value);
        _clock = new ClockWatch(timeProvider);
        _apps.Changed += OnAppChanged;
        _leases.Changed += OnLeasesChanged;
        _store.Published += OnPublished;
        _store.Wished += OnWished;
        _store.ProviderResumed += OnProviderResumed;
        _store.Missed += OnMissed;
    }

    /// <summary>Devices read and not yet recorded, or room kept for them.</summary>
    public int DevicesInFlight => _inFlight.Devices;

    public int PagesInFlight => _inFlight.Pages;

    public void Submit(EventRecord record, FanOutPlan plan)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(plan);
        if (_leases.IsShared)
        {
            // What the plan says may be another gateway's doing by now: it is read from the store, as of every other event.
            OnPublished(record.Key, null);
        }
        else
        {
            _intake.Submit(record, plan);
        }

        Signal();
    }

    public FanOutProgress? FindProgress(long eventKey)
    {
        // Of an event that other gateways work on too, or may by now, the store knows more.
        if (_leases.HasLapsed || _schedule.Find(eventKey) is not { IsWhole: true } fanOut)
        {
            return null;
        }

        var state = fanOut.Control == EventControl.Pause ? EventState.Paused
            : _timeProvider.GetUtcNow() < fanOut.BeginsAt ? EventState.Scheduled
            : EventState.Dispatching;
        return new FanOutProgress(state, fanOut.Account.Snapshot(), fanOut.StartedAt, fanOut.FirstAcceptedAt);
    }

    public IReadOnlyList<StandingEvent> ListStanding(DateTimeOffset before, int limit) => _schedule.ListStanding(_timeProvider.GetUtcNow(), before, limit);

    public async Task ApplyControlAsync(EventRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        await ApplyHereAsync(record, cancellationToken);
        while (_leases.IsShared && record.Control == EventControl.Cancel &&
            await _store.FindWorkAsync(record.Key, cancellationToken) is { } work && !work.Event.State.IsFinal())
        {
            await Task.Delay(s_othersInterval, _timeProvider, cancellationToken);
        }
    }

    /// <summary>Acts on a wish as far as the event is this gateway's.</summary>
    private async Task ApplyHereAsync(EventRecord record, CancellationToken cancellationToken)
    {
        FanOut? fanOut;
        do
        {
            fanOut = _schedule.Find(record.Key) ?? await LoadForControlAsync(record, cancellationToken);
            if (fanOut is null)
            {
                return;
            }
        }
        while (!_schedule.Control(fanOut, record.Control));

        Signal();
        if (record.Control == EventControl.Cancel)
        {
            await fanOut.Final.Task.WaitAsync(cancellationToken);
        }
        else if (record.Control == EventControl.Pause && fanOut.Idle is { } idle)
        {
            await idle.Task.WaitAsync(cancellationToken);
            _schedule.ReleasePaused(fanOut);
        }
    }

    /// <summary>An event that waits in the store: scheduled, paused, or without room so far. To be paused it can stay there.</summary>
    private async Task<FanOut?> LoadForControlAsync(EventRecord record, CancellationToken cancellationToken)
    {
        if (record.Control == EventControl.Pause)
        {
            _schedule.Outdate(record.Key);
        }
        else
        {
            while (!await _intake.TryLoadAsync(record.Key, static loaded => !loaded.State.IsFinal(), cancellationToken, evenIfFull: true))
            {
            }
        }

        return _schedule.Find(record.Key);
    }

    public IReadOnlyList<ProviderHealth> GetHealth(int appKey) => _gates.GetHealth(appKey);

    public void ResumeProvider(int appKey, ProviderKind provider)
    {
        OnProviderResumed(appKey, provider);
        if (_leases.IsShared)
        {
            Track(FollowAsync(stopping => _store.TellProviderResumedAsync(appKey, provider, stopping)));
        }
    }

    private void OnProviderResumed(int appKey, ProviderKind provider)
    {
        _gates.Resume(appKey, provider);
        _schedule.Wake(appKey);
        Signal();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // Whoever waits no longer than this for the drain leaves pages unrecorded: they are sent again after the next start.
        using var registration = cancellationToken.Register(_abort.Cancel);
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _apps.Changed -= OnAppChanged;
        _leases.Changed -= OnLeasesChanged;
        _store.Published -= OnPublished;
        _store.Wished -= OnWished;
        _store.ProviderResumed -= OnProviderResumed;
        _store.Missed -= OnMissed;
        _gates.Clear();
        _abort.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = _timeProvider.CreateTimer(_ => Signal(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            await _leases.JoinAsync(stoppingToken);
            _stopping = stoppingToken;
            _gates.SetShare(_leases.Held.Share);
            Track(LoadPublishedAsync(stoppingToken));
            await TakeUpUnfinishedAsync(stoppingToken);
            while (await _signal.Reader.WaitToReadAsync(stoppingToken))
            {
                _signal.Reader.TryRead(out _);
                var delay = StartTurns(stoppingToken) - _timeProvider.GetUtcNow() ?? s_longestSleep;
                timer.Change(delay > TimeSpan.Zero ? Limit(delay) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The ordinary way to stop.
        }

        _stopping = new CancellationToken(canceled: true);
        _leases.Leave();
        _schedule.Keep(ShardLeases.None, _timeProvider.GetUtcNow());
        LeaveIdleShards();
        DispatchLog.Draining(_logger, _running.Count);
        while (!_running.IsEmpty)
        {
            await Task.WhenAll(_running.Keys);
        }

        _schedule.EndTraces();
    }

    private static TimeSpan Limit(TimeSpan delay) => delay < s_longestSleep ? delay : s_longestSleep;

    /// <summary>
    /// What waits for a span of time has waited for it by the clock as it was; set back, the clock would have it wait for the step as well. What waits for
    /// an instant, the beginning of an event and the end of its TTL, goes by the new clock.
    /// </summary>
    private void FollowClock(CancellationToken stoppingToken)
    {
        var step = _clock.Look();
        if (step == TimeSpan.Zero)
        {
            return;
        }

        DispatchLog.ClockSet(_logger, step);
        if (step < TimeSpan.Zero)
        {
            _gates.ClockSetBack(-step);
            _schedule.LookAgain();
            Track(BringForwardAsync(-step, stoppingToken));
        }
    }

    private async Task BringForwardAsync(TimeSpan step, CancellationToken stoppingToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await _store.BringDeferredForwardAsync(step, _timeProvider.GetUtcNow(), _leases.Held, stoppingToken);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            // They wait longer than they would have to; nothing is lost.
            DispatchLog.ClockNotFollowed(_logger, exception);
        }

        // After the store: what is in memory would be told otherwise by the next look into it.
        _schedule.BringDeferredForward(step);
        _intake.BringForward(step);
        Signal();
    }

    private void Signal() => _signal.Writer.TryWrite(true);

    private void OnAppChanged(int appKey)
    {
        if (_apps.Find(appKey) is null)
        {
            _gates.Remove(appKey);
        }

        _schedule.Wake(appKey);
        Signal();
    }

    private async Task TakeUpUnfinishedAsync(CancellationToken cancellationToken)
    {
        _lookedAroundAt = _timeProvider.GetUtcNow();
        if (await _intake.TakeUpAsync(onlyNew: false, cancellationToken) is var count and > 0)
        {
            DispatchLog.FanOutsResumed(_logger, count);
        }

        Signal();
    }

    private void OnLeasesChanged()
    {
        Volatile.Write(ref _leasesChanged, 1);
        Signal();
    }

    private void OnMissed()
    {
        Volatile.Write(ref _hasMissed, 1);
        Signal();
    }

    private void OnPublished(long eventKey, int? shard)
    {
        if ((shard is not { } sole || _leases.Held.Holds(sole)) && !_published.Writer.TryWrite(eventKey))
        {
            OnMissed();
        }
    }

    /// <summary>Takes up what was just published, here or by another gateway.</summary>
    private async Task LoadPublishedAsync(CancellationToken stopping)
    {
        try
        {
            await Parallel.ForEachAsync(
                _published.Reader.ReadAllAsync(stopping), new ParallelOptions { MaxDegreeOfParallelism = LoadsAtATime, CancellationToken = stopping },
                async (eventKey, cancellation) =>
                {
                    await _intake.LoadAsync(eventKey, cancellation);
                    Signal();
                });
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Those who go on take it up.
        }
    }

    private void OnWished(long eventKey) => Track(FollowAsync(stopping => FollowWishAsync(eventKey, stopping)));

    private async Task FollowWishAsync(long eventKey, CancellationToken stopping)
    {
        EventControl? applied = null;
        while (await _store.FindWorkAsync(eventKey, stopping) is { } work && !work.Event.State.IsFinal() && work.Event.Control != applied)
        {
            await ApplyHereAsync(work.Event, stopping);
            // Another wish may have been recorded, and followed, meanwhile.
            applied = work.Event.Control;
        }
    }

    /// <summary>Does what another gateway has made necessary. If it cannot be done now, it is found when looking around.</summary>
    private async Task FollowAsync(Func<CancellationToken, Task> follow)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await follow(_stopping);
            Signal();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Those who go on do it.
        }
#pragma warning disable CA1031 // Whatever it is, the other events go on, and this is tried again.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            DispatchLog.LoadFailed(_logger, s_failureDelay.TotalMilliseconds, problem);
            await Task.Delay(s_failureDelay, _timeProvider, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            OnMissed();
        }
    }

    /// <summary>Follows what other gateways do: shards that come and go, what went unheard, and from time to time what they may have published.</summary>
    private void LookAround(DateTimeOffset now)
    {
        if (!_leases.IsShared)
        {
            return;
        }

        if (Interlocked.Exchange(ref _leasesChanged, 0) != 0)
        {
            // Others wait for what is given up, so this does not wait for anything.
            var held = _leases.Held;
            _gates.SetShare(held.Share);
            _schedule.Keep(held, now);
            LeaveIdleShards();
            Volatile.Write(ref _hasMissed, 1);
        }

        if (_isFollowing)
        {
            return;
        }

        var isDue = now - _lookedAroundAt >= s_lookAround || now < _lookedAroundAt;
        var hasMissed = Interlocked.Exchange(ref _hasMissed, 0) != 0;
        if (!isDue && !hasMissed)
        {
            return;
        }

        var isEverything = hasMissed || ++_looksAround % LooksForEverything == 0;
        (_isFollowing, _lookedAroundAt) = (true, now);
        Track(FollowAsync(stopping => LookAroundAsync(isEverything, stopping)));
    }

    private async Task LookAroundAsync(bool isEverything, CancellationToken stopping)
    {
        try
        {
            await _intake.TakeUpAsync(onlyNew: !isEverything, stopping);
            foreach (var eventKey in isEverything ? _schedule.Keys : [])
            {
                // Each by itself: a cancel is followed to its end, which may take long.
                Track(FollowAsync(token => FollowWishAsync(eventKey, token)));
            }
        }
        finally
        {
            _isFollowing = false;
            Signal();
        }
    }

    private void LeaveIdleShards()
    {
        for (var shard = 0; _leases.IsShared && shard < Shard.Count; shard++)
        {
            LeaveIfIdle(shard);
        }
    }

    private void LeaveIfIdle(int shard)
    {
        if (_leases.IsShared && !_leases.Held.Holds(shard) && _schedule.IsIdle(shard))
        {
            _leases.Left(shard);
        }
    }

    /// <summary>Starts as many turns as the bounds allow.</summary>
    /// <returns>When to look again by itself.</returns>
    private DateTimeOffset? StartTurns(CancellationToken stoppingToken)
    {
        FollowClock(stoppingToken);
        List<FanOut> finished = [];
        List<FanOut> orphaned = [];
        var now = _timeProvider.GetUtcNow();
        LookAround(now);
        DateTimeOffset? wakeAt = _intake.StartDue(now, eventKey => Track(FollowAsync(stopping => _intake.LoadAsync(eventKey, stopping))));
        while (!_leases.HasLapsed)
        {
            var turn = _schedule.TakeTurn(now, finished, orphaned, out var sleepUntil, _inFlight.MayStart);
            if (turn is null)
            {
                wakeAt = !(sleepUntil >= wakeAt) ? sleepUntil ?? wakeAt : wakeAt;
                break;
            }

            var slot = _inFlight.Start(turn.FanOut.Event.Options.Priority, turn.Capacity);
            Track(Task.Run(() => RunTurnAsync(turn, slot, stoppingToken), CancellationToken.None));
        }

        while (_schedule.TryTakeResting(out var eventKey, out var until))
        {
            _intake.Postpone(eventKey, until);
            wakeAt = !(until - FanOutIntake.LoadAhead >= wakeAt) ? until - FanOutIntake.LoadAhead : wakeAt;
        }

        while (_schedule.TryTakeBeginning(out var beginning))
        {
            Track(BeginAsync(beginning));
        }

        foreach (var fanOut in finished)
        {
            Track(FinishAsync(fanOut));
        }

        foreach (var fanOut in orphaned)
        {
            fanOut.Final.TrySetResult();
        }

        return wakeAt;
    }

    private void Track(Task task)
    {
        _running[task] = true;
        task.ContinueWith(
            static (ended, running) => ((ConcurrentDictionary<Task, bool>)running!).TryRemove(ended, out _), _running,
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunTurnAsync(Turn turn, InFlight.Slot slot, CancellationToken stoppingToken)
    {
        var workspace = TakeWorkspace();
        Activity? span = null;
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(turn.Stop, stoppingToken);
            // Beside the page, not before it: the first push must not wait for a commit. Where the page may end the event, its own commit has the
            // start as well.
            NoteStarted(turn.FanOut);
            span = DispatchTracing.StartPage(turn);
            var started = turn.FanOut.MayEndAtOnce ? Task.CompletedTask : RecordStartAsync(turn.FanOut);
            var isFinal = await _pipeline.RunAsync(
                turn with { Stop = stop.Token, Span = span }, workspace,
                count =>
                {
                    slot.Read(count);
                    Signal();
                },
                _abort.Token);
            await started;
            if (isFinal)
            {
                // Thousands a second may do so: not worth a line each unless somebody asks for it.
                DispatchLog.EventEndedAtOnce(_logger, turn.FanOut.Event.Id, turn.FanOut.Event.AppId);
                End(turn.FanOut);
            }
            else
            {
                await RecordStartAsync(turn.FanOut);
            }
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // The process must end before the store took the outcome: the page is sent again after the next start.
        }
        catch (ShardLostException lost)
        {
            // Whoever has the shard now goes on from what is recorded, and sends this page again.
            DispatchLog.PageLost(_logger, lost.Shard, turn.FanOut.Event.Id);
            _leases.Lost(lost.Shard, turn.Shard.Epoch);
        }
#pragma warning disable CA1031 // One page's failure must not end the fan-outs of everybody: it is told, and the page is tried again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            span?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            DispatchLog.PageFailed(
                _logger, turn.Shard.Shard, turn.FanOut.Event.Id, s_failureDelay.TotalMilliseconds, exception);
            await Task.Delay(s_failureDelay, _timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            span?.Dispose();
            KeepWorkspace(workspace);
            slot.End();
            Return(turn);
        }
    }

    private PageWorkspace TakeWorkspace()
    {
        if (!_workspaces.TryTake(out var workspace))
        {
            return new PageWorkspace(_timeProvider);
        }

        Interlocked.Decrement(ref _keptWorkspaces);
        return workspace;
    }

    private void KeepWorkspace(PageWorkspace workspace)
    {
        if (Interlocked.Increment(ref _keptWorkspaces) <= MaxKeptWorkspaces)
        {
            _workspaces.Add(workspace);
        }
        else
        {
            Interlocked.Decrement(ref _keptWorkspaces);
        }
    }

    private void Return(Turn turn)
    {
        foreach (var provider in ProviderKinds.All)
        {
            if (turn.IsProbe && turn.Providers.Contains(provider))
            {
                _gates.Find(turn.App, provider)?.Leave();
            }
        }

        if (turn.IsProbe)
        {
            // Whatever came of it, the next probe may be another event's.
            _schedule.Wake(turn.App.Key);
        }

        _schedule.ReturnTurn(turn, _timeProvider.GetUtcNow());
        LeaveIfIdle(turn.Shard.Shard);
        if (_leases.Held.EpochOf(turn.Shard.Shard) is var epoch and > 0 && epoch != turn.Shard.Epoch)
        {
            // It was lost and is held again, and while the turn was out nobody could take it up.
            OnMissed();
        }

        _schedule.ReleasePaused(turn.FanOut);
        Signal();
    }

    private void NoteStarted(FanOut fanOut) => _schedule.Update(() =>
    {
        fanOut.StartedAt ??= _timeProvider.GetUtcNow();
        fanOut.Trace();
    });

    private async Task RecordStartAsync(FanOut fanOut)
    {
        var isFirst = false;
        _schedule.Update(() =>
        {
            isFirst = !fanOut.IsStartRecorded;
            fanOut.IsStartRecorded = true;
        });
        if (isFirst)
        {
            DispatchLog.EventStarted(_logger, fanOut.Event.Id, fanOut.Event.AppId);
            await _store.MarkStartedAsync(fanOut.Record.Key, fanOut.StartedAt!.Value, _abort.Token);
        }
    }

    /// <summary>Records the beginning of an event that is not sent at once; clients have their time from then on.</summary>
    private async Task BeginAsync(FanOut fanOut)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        DateTimeOffset? begun = null;
        try
        {
            await _store.MarkStartedAsync(fanOut.Record.Key, _timeProvider.GetUtcNow(), _stopping);
            // By the end of the commit: until then nobody has it.
            begun = _timeProvider.GetUtcNow();
            DispatchLog.EventStarted(_logger, fanOut.Event.Id, fanOut.Event.AppId);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // It is begun after the next start.
            return;
        }
#pragma warning disable CA1031 // Whatever it is, the other events go on, and this is tried again.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            DispatchLog.LoadFailed(_logger, s_failureDelay.TotalMilliseconds, problem);
            await Task.Delay(s_failureDelay, _timeProvider, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _schedule.Begin(fanOut, begun);
        Signal();
    }

    /// <summary>The store has it as final: nothing here refers to it any more.</summary>
    private void End(FanOut fanOut)
    {
        _schedule.Update(() => fanOut.IsFinishing = true);
        _schedule.Remove(fanOut);
        fanOut.Final.TrySetResult();
    }

    private async Task FinishAsync(FanOut fanOut)
    {
        try
        {
            NoteStarted(fanOut);
            await RecordStartAsync(fanOut);
            var (counts, state) = (fanOut.Account.RecordedCounts, default(EventState));
            if (!_leases.IsShared)
            {
                state = fanOut.FinalState(counts);
            }
            else if (await _store.FindWorkAsync(fanOut.Record.Key, _abort.Token) is not { } work || work.Event.State.IsFinal())
            {
                End(fanOut);
                Signal();
                return;
            }
            else if (!work.Plan.Shards.All(FanOutIntake.IsDone))
            {
                // Whoever comes to its end last completes it.
                if (_schedule.TryHandOver(fanOut))
                {
                    fanOut.Final.TrySetResult();
                }

                Signal();
                return;
            }
            else
            {
                counts = work.Event.Account.Counts;
                state = new FanOut(work.Event, work.Plan, _timeProvider.GetUtcNow()).FinalState(counts);
            }

            await _store.CompleteAsync(fanOut.Record.Key, state, _timeProvider.GetUtcNow(), _abort.Token);
            End(fanOut);
            var stateName = state.Name();
            DispatchLog.EventFinal(_logger, fanOut.Event.Id, fanOut.Event.AppId, stateName, counts.Targeted, counts.Accepted);
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // It is completed after the next start.
        }
#pragma warning disable CA1031 // Completing is tried again: the outcome of every device is recorded already.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DispatchLog.PageFailed(_logger, -1, fanOut.Event.Id, s_failureDelay.TotalMilliseconds, exception);
            await Task.Delay(s_failureDelay, _timeProvider, _abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _schedule.Update(() => fanOut.IsFinishing = false);
            _schedule.Control(fanOut, fanOut.Control);
        }

        Signal();
    }
}
