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
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>Runs the fan-outs of this process: takes up what is unfinished, lets pages take their turns within the bounds, completes events.</summary>
/// <remarks>
/// Stopping drains: no further page is read, pushes under way are awaited, those not begun are deferred, and every page is recorded.
/// A graceful stop therefore sends nothing twice.
/// </remarks>
internal sealed class FanOutWorker : BackgroundService, IFanOutDispatcher
{
    /// <summary>Scheduled events are loaded this long before they are due.</summary>
    private static readonly TimeSpan s_loadAhead = TimeSpan.FromSeconds(5);
    private static readonly DateTimeOffset s_longAgo = DateTimeOffset.UnixEpoch;
    private static readonly TimeSpan s_failureDelay = TimeSpan.FromSeconds(1);

    /// <summary>The clock is looked at this often, for it may have been set.</summary>
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromSeconds(1);
    private const int LoadBatch = 500;

    /// <summary>Buffers grow to the largest page they were used for; more pages than this are small ones.</summary>
    private const int MaxKeptWorkspaces = 256;

    private readonly IFanOutStore _store;
    private readonly IAppStore _apps;
    private readonly ProviderGates _gates;
    private readonly FanOutSchedule _schedule;
    private readonly PagePipeline _pipeline;
    private readonly DispatchOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<FanOutWorker> _logger;

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly ClockWatch _clock;
    private readonly ConcurrentBag<PageWorkspace> _workspaces = [];
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Lock _laterGate = new();

    // Keys of events that are not due yet or found no room: 16 bytes each, the rest of them stays in the store.
    private readonly PriorityQueue<long, DateTimeOffset> _later = new();
    private readonly InFlight _inFlight;
    private int _keptWorkspaces;

    public FanOutWorker(
        IFanOutStore store, IAppStore apps, ProviderGates gates, FanOutSchedule schedule, PagePipeline pipeline,
        IOptions<DispatchOptions> options, TimeProvider timeProvider, ILogger<FanOutWorker> logger)
    {
        (_store, _apps, _gates, _schedule, _pipeline) = (store, apps, gates, schedule, pipeline);
        (_options, _timeProvider, _logger) = (options.Value, timeProvider, logger);
        _inFlight = new InFlight(_options);
        _clock = new ClockWatch(timeProvider);
        _apps.Changed += OnAppChanged;
    }

    /// <summary>Devices read and not yet recorded, or room kept for them.</summary>
    public int DevicesInFlight => _inFlight.Devices;

    public int PagesInFlight => _inFlight.Pages;

    public void Submit(EventRecord record, FanOutPlan plan)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(plan);
        var now = _timeProvider.GetUtcNow();
        if (_schedule.Count >= _options.MaxActiveEvents || BeginsAt(record) > now + s_loadAhead)
        {
            // What waits for room only is due whatever the clock says, the oldest first.
            Postpone(record.Key, BeginsAt(record) ?? s_longAgo.AddTicks(record.Key));
        }
        else
        {
            _schedule.Add(new FanOut(record, plan, now));
        }

        Signal();
    }

    public FanOutProgress? FindProgress(long eventKey)
    {
        if (_schedule.Find(eventKey) is not { } fanOut)
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
            while (!await TryLoadAsync(record.Key, state => !state.IsFinal(), cancellationToken))
            {
            }
        }

        return _schedule.Find(record.Key);
    }

    /// <summary>Takes an event up as the store has it, if its state is wanted.</summary>
    /// <returns><see langword="false"/> when it has changed meanwhile and has to be read again.</returns>
    private async Task<bool> TryLoadAsync(long eventKey, Func<EventState, bool> isWanted, CancellationToken cancellationToken)
    {
        var load = _schedule.BeginLoad(eventKey);
        FanOut? fanOut = null;
        bool isCurrent;
        try
        {
            if (await _store.FindWorkAsync(eventKey, cancellationToken) is { } work && isWanted(work.Event.State))
            {
                fanOut = new FanOut(work.Event, work.Plan, _timeProvider.GetUtcNow());
            }
        }
        finally
        {
            isCurrent = _schedule.EndLoad(load, fanOut);
        }

        return isCurrent;
    }

    public IReadOnlyList<ProviderHealth> GetHealth(int appKey) => _gates.GetHealth(appKey);

    public void ResumeProvider(int appKey, ProviderKind provider)
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
        _gates.Clear();
        _abort.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = _timeProvider.CreateTimer(_ => Signal(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            await LoadUnfinishedAsync(stoppingToken);
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
            await _store.BringDeferredForwardAsync(step, _timeProvider.GetUtcNow(), stoppingToken);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            // They wait longer than they would have to; nothing is lost.
            DispatchLog.ClockNotFollowed(_logger, exception);
        }

        // After the store: what is in memory would be told otherwise by the next look into it.
        _schedule.BringDeferredForward(step);
        BringPostponedForward(step);
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

    private async Task LoadUnfinishedAsync(CancellationToken cancellationToken)
    {
        var (afterKey, count) = (0L, 0);
        while (true)
        {
            IReadOnlyList<FanOutWork> batch;
            try
            {
                batch = await _store.LoadUnfinishedAsync(DateTimeOffset.MaxValue, afterKey, LoadBatch, cancellationToken);
            }
            catch (StoreUnavailableException exception)
            {
                DispatchLog.LoadFailed(_logger, s_failureDelay.TotalMilliseconds, exception);
                await Task.Delay(s_failureDelay, _timeProvider, cancellationToken);
                continue;
            }

            foreach (var work in batch)
            {
                Submit(work.Event, work.Plan);
                afterKey = work.Event.Key;
                count++;
            }

            if (batch.Count < LoadBatch)
            {
                break;
            }
        }

        if (count > 0)
        {
            DispatchLog.FanOutsResumed(_logger, count);
        }

        Signal();
    }

    /// <summary>Starts as many turns as the bounds allow.</summary>
    /// <returns>When to look again by itself.</returns>
    private DateTimeOffset? StartTurns(CancellationToken stoppingToken)
    {
        FollowClock(stoppingToken);
        List<FanOut> finished = [];
        List<FanOut> orphaned = [];
        var now = _timeProvider.GetUtcNow();
        DateTimeOffset? wakeAt = StartPostponed(now, stoppingToken);
        while (true)
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
            Postpone(eventKey, until);
            wakeAt = !(until - s_loadAhead >= wakeAt) ? until - s_loadAhead : wakeAt;
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

        _schedule.ReturnTurn(turn);
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
            var counts = fanOut.Account.RecordedCounts;
            var state = fanOut.FinalState(counts);
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

    /// <summary>
    /// Events that were let go of because they had long to wait, or seemed to by a clock that had just been set back, are looked at again by then. Those that wait for an
    /// instant are let go of again.
    /// </summary>
    private void BringPostponedForward(TimeSpan step)
    {
        var now = _timeProvider.GetUtcNow();
        lock (_laterGate)
        {
            List<(long EventKey, DateTimeOffset DueAt)> all = [.. _later.UnorderedItems];
            _later.Clear();
            _later.EnqueueRange(all.Select(item => (item.EventKey, item.DueAt > now ? item.DueAt - step : item.DueAt)));
        }
    }

    private static DateTimeOffset? BeginsAt(EventRecord record) => record.Timings.StartedAt is null ? record.Event.Options.SendAt : null;

    private void Postpone(long eventKey, DateTimeOffset until)
    {
        lock (_laterGate)
        {
            _later.Enqueue(eventKey, until - s_loadAhead);
        }
    }

    /// <summary>Loads events whose time has come, as far as there is room for them.</summary>
    /// <returns>When the next of them is due.</returns>
    private DateTimeOffset? StartPostponed(DateTimeOffset now, CancellationToken stoppingToken)
    {
        lock (_laterGate)
        {
            for (var room = _options.MaxActiveEvents - _schedule.Count; room > 0; room--)
            {
                if (!_later.TryPeek(out var eventKey, out var dueAt))
                {
                    return null;
                }

                if (dueAt > now)
                {
                    return dueAt;
                }

                _later.Dequeue();
                Track(LoadAsync(eventKey, stoppingToken));
            }

            return null;
        }
    }

    private async Task LoadAsync(long eventKey, CancellationToken stoppingToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await TryLoadAsync(eventKey, state => !state.IsFinal() && state != EventState.Paused, stoppingToken))
                {
                    continue;
                }

                Signal();
                return;
            }
            catch (StoreUnavailableException exception)
            {
                DispatchLog.LoadFailed(_logger, s_failureDelay.TotalMilliseconds, exception);
                await Task.Delay(s_failureDelay, _timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
