using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;

namespace PushGateway.Dispatch;

/// <summary>Brings events from the store into the schedule: those that are unfinished, those whose time has come, and of all of them the shards that this gateway holds.</summary>
/// <remarks>
/// Whatever the reason, an event is read and taken up in the same way (<see cref="TryLoadAsync"/>), so it does no harm to do it once too often: what is changed while it is being read is read again.
/// </remarks>
internal sealed class FanOutIntake(
    IFanOutStore store, FanOutSchedule schedule, IShardLeases leases, IOptions<DispatchOptions> options, TimeProvider timeProvider, ILogger<FanOutIntake> logger)
{
    /// <summary>Scheduled events are loaded this long before they are due.</summary>
    public static readonly TimeSpan LoadAhead = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private static readonly DateTimeOffset s_longAgo = DateTimeOffset.UnixEpoch;
    private const int ListBatch = 500;

    private readonly Lock _gate = new();

    // Keys of events that are not due yet or found no room, each once; the rest of them stays in the store.
    private readonly PriorityQueue<long, DateTimeOffset> _later = new();
    private readonly Dictionary<long, DateTimeOffset> _laterAt = [];
    private long _knownUpTo;

    /// <summary>An event that was just published, to a store that is this gateway's alone.</summary>
    public void Submit(EventRecord record, FanOutPlan plan)
    {
        var now = timeProvider.GetUtcNow();
        if (schedule.Count >= options.Value.MaxActiveEvents || BeginsAt(record) > now + LoadAhead)
        {
            PostponeLoaded(record);
        }
        else
        {
            schedule.Add(new FanOut(record, plan, now, leases.Held));
        }
    }

    /// <summary>Looks at the event again by then.</summary>
    public void Postpone(long eventKey, DateTimeOffset until)
    {
        lock (_gate)
        {
            var at = until - LoadAhead;
            if (!_laterAt.TryGetValue(eventKey, out var known) || known != at)
            {
                // Where it stood before it is passed over.
                _laterAt[eventKey] = at;
                _later.Enqueue(eventKey, at);
            }
        }
    }

    /// <summary>Takes up what the store has that is unfinished: at the start, and when shards were gained or something may have gone unheard.</summary>
    /// <param name="onlyNew">Only what was published since the last time; what is older is here already.</param>
    /// <returns>How many events there were.</returns>
    public async Task<int> TakeUpAsync(bool onlyNew, CancellationToken cancellationToken)
    {
        var (afterKey, count) = (onlyNew ? Interlocked.Read(ref _knownUpTo) : 0, 0);
        while (true)
        {
            IReadOnlyList<(long EventKey, DateTimeOffset StartsAt)> batch;
            try
            {
                batch = await store.ListUnfinishedAsync(DateTimeOffset.MaxValue, afterKey, ListBatch, cancellationToken);
            }
            catch (StoreUnavailableException exception)
            {
                DispatchLog.LoadFailed(logger, RetryAfter.TotalMilliseconds, exception);
                await Task.Delay(RetryAfter, timeProvider, cancellationToken);
                continue;
            }

            foreach (var (eventKey, startsAt) in batch)
            {
                if (startsAt > timeProvider.GetUtcNow() + LoadAhead)
                {
                    Postpone(eventKey, startsAt);
                }
                else if (schedule.Count >= options.Value.MaxActiveEvents && schedule.Find(eventKey) is null)
                {
                    Postpone(eventKey, s_longAgo.AddTicks(eventKey));
                }
                else
                {
                    await LoadAsync(eventKey, cancellationToken);
                }

                afterKey = eventKey;
                count++;
            }

            if (batch.Count < ListBatch)
            {
                break;
            }
        }

        Interlocked.Exchange(ref _knownUpTo, Math.Max(afterKey, Interlocked.Read(ref _knownUpTo)));
        return count;
    }

    /// <summary>Takes an event up unless it is final, or paused and not to be cancelled; one whose time has not come is looked at again by then.</summary>
    public async Task LoadAsync(long eventKey, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (!await TryLoadAsync(eventKey, static record => !record.State.IsFinal() && (record.State != EventState.Paused || record.Control == EventControl.Cancel), cancellationToken))
                {
                    continue;
                }

                return;
            }
            catch (StoreUnavailableException exception)
            {
                DispatchLog.LoadFailed(logger, RetryAfter.TotalMilliseconds, exception);
                await Task.Delay(RetryAfter, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // One event that cannot be read must not keep the others from being taken up.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                DispatchLog.EventUnreadable(logger, eventKey, exception);
                return;
            }
        }
    }

    /// <summary>Takes an event up as the store has it, if it is wanted so: the shards that are held, and of one that runs already those that it has not.</summary>
    /// <returns><see langword="false"/> when it has changed meanwhile and has to be read again.</returns>
    /// <param name="evenIfFull">Also when there are as many events as there may be: somebody waits for this one.</param>
    public async Task<bool> TryLoadAsync(long eventKey, Func<EventRecord, bool> isWanted, CancellationToken cancellationToken, bool evenIfFull = false)
    {
        var load = schedule.BeginLoad(eventKey);
        FanOut? fanOut = null;
        bool isCurrent;
        try
        {
            // Before the rows are read: nobody else has recorded anything in these shards since.
            var held = leases.Held;
            if (await store.FindWorkAsync(eventKey, cancellationToken) is { } work && isWanted(work.Event))
            {
                var now = timeProvider.GetUtcNow();
                var isNew = schedule.Find(eventKey) is null;
                if (isNew && work.Event.Control == EventControl.Run && BeginsAt(work.Event) > now + LoadAhead)
                {
                    PostponeLoaded(work.Event);
                }
                else if (isNew && !evenIfFull && schedule.Count >= options.Value.MaxActiveEvents)
                {
                    Postpone(eventKey, s_longAgo.AddTicks(eventKey));
                }
                else if (work.Plan.Shards.Any(shard => held.Holds(shard.Shard)) || work.Plan.Shards.All(IsDone))
                {
                    fanOut = new FanOut(work.Event, work.Plan, now, held);
                }
            }
        }
        finally
        {
            isCurrent = schedule.EndLoad(load, fanOut, timeProvider.GetUtcNow());
        }

        return isCurrent;
    }

    /// <summary>Begins to load events whose time has come, as far as there is room for them.</summary>
    /// <returns>When the next of them is due.</returns>
    public DateTimeOffset? StartDue(DateTimeOffset now, Action<long> load)
    {
        lock (_gate)
        {
            for (var room = options.Value.MaxActiveEvents - schedule.Count; room > 0; room--)
            {
                if (!_later.TryPeek(out var eventKey, out var dueAt))
                {
                    return null;
                }

                if (_laterAt.TryGetValue(eventKey, out var current) && current != dueAt)
                {
                    _later.Dequeue();
                    room++;
                    continue;
                }

                if (dueAt > now)
                {
                    return dueAt;
                }

                _later.Dequeue();
                if (_laterAt.Remove(eventKey))
                {
                    load(eventKey);
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Events that were let go of because they had long to wait, or seemed to by a clock that had just been set back, are looked at again by then. Those that wait for an
    /// instant are let go of again.
    /// </summary>
    public void BringForward(TimeSpan step)
    {
        var now = timeProvider.GetUtcNow();
        lock (_gate)
        {
            _later.Clear();
            foreach (var (eventKey, dueAt) in _laterAt.ToList())
            {
                _laterAt[eventKey] = dueAt > now ? dueAt - step : dueAt;
                _later.Enqueue(eventKey, _laterAt[eventKey]);
            }
        }
    }

    public static bool IsDone(FanOutShard shard) => shard.IsRead && shard.Counts.Pending == 0;

    private static DateTimeOffset? BeginsAt(EventRecord record) => record.Timings.StartedAt is null ? record.Event.Options.SendAt : null;

    // What waits for room only is due whatever the clock says, the oldest first.
    private void PostponeLoaded(EventRecord record) => Postpone(record.Key, BeginsAt(record) ?? s_longAgo.AddTicks(record.Key));
}
