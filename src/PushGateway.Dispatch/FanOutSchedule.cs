using System.Diagnostics.CodeAnalysis;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;

namespace PushGateway.Dispatch;

/// <summary>Decides whose page comes next: high before normal before bulk by weight, within a lane event by event in turn. Safe for concurrent use.</summary>
/// <remarks>
/// Only events that may have something to do are in a lane. The others sleep until a time, or until one of their turns ends.
/// </remarks>
/// <param name="leases"><see langword="null"/> when the store is this gateway's alone.</param>
internal sealed class FanOutSchedule(IAppStore apps, ProviderGates gates, int pageSize, IShardLeases? leases = null)
{
    private static readonly int[] s_laneWeights = [16, 4, 1];

    private readonly Lock _gate = new();
    private readonly Dictionary<long, FanOut> _active = [];
    private readonly Queue<FanOut>[] _lanes = [new(), new(), new()];
    private readonly LoadWatch _loads = new();
    private readonly int[] _turnsInShard = new int[Shard.Count];
    private readonly int[] _laneCredits = new int[s_laneWeights.Length];
    private readonly SortedSet<(DateTimeOffset WakeAt, long EventKey)> _sleeping = [];
    private readonly Queue<(long EventKey, DateTimeOffset Until)> _resting = new();
    private readonly Queue<FanOut> _beginning = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _active.Count;
            }
        }
    }

    public FanOut? Find(long eventKey)
    {
        lock (_gate)
        {
            return _active.GetValueOrDefault(eventKey);
        }
    }

    /// <returns><see langword="false"/> when the event is running already.</returns>
    public bool Add(FanOut fanOut)
    {
        lock (_gate)
        {
            if (!_active.TryAdd(fanOut.Record.Key, fanOut))
            {
                return false;
            }

            Queue(fanOut);
            return true;
        }
    }

    /// <summary>The event is final or gone.</summary>
    public void Remove(FanOut fanOut)
    {
        lock (_gate)
        {
            LetGo(fanOut);
            WakeUp(fanOut);
        }
    }

    /// <summary>An event is about to be read from the store; ends with <see cref="EndLoad"/>.</summary>
    public Load BeginLoad(long eventKey)
    {
        lock (_gate)
        {
            return _loads.Begin(eventKey);
        }
    }

    /// <summary>Takes up what was read; of an event that runs already, what it did not have.</summary>
    /// <param name="fanOut"><see langword="null"/> when there is nothing to take up.</param>
    /// <param name="now">The instant to judge by.</param>
    /// <returns><see langword="false"/> when the event has changed since the load began: what was read is not taken up, and is to be read again.</returns>
    public bool EndLoad(Load load, FanOut? fanOut, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_loads.End(load))
            {
                return false;
            }

            if (fanOut is not null && !Add(fanOut))
            {
                var running = _active[fanOut.Record.Key];
                running.TakeOver(fanOut, Held, now);
                Queue(running);
            }

            return true;
        }
    }

    /// <summary>Leases have changed: shards that are not held any more are let go of, and everybody looks again.</summary>
    public void Keep(ShardLeases held, DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var fanOut in _active.Values)
            {
                Keep(fanOut, held, now);
                Queue(fanOut);
            }
        }
    }

    /// <summary>Whether no turn is out in the shard, of any event.</summary>
    public bool IsIdle(int shard)
    {
        lock (_gate)
        {
            return _turnsInShard[shard] == 0;
        }
    }

    /// <summary>Lets go of an event whose shards here are done, for other gateways to complete.</summary>
    /// <returns><see langword="false"/> when it has got more to do since.</returns>
    public bool TryHandOver(FanOut fanOut)
    {
        lock (_gate)
        {
            if (!fanOut.IsDone)
            {
                fanOut.IsFinishing = false;
                Queue(fanOut);
                return false;
            }

            Remove(fanOut);
            return true;
        }
    }

    public IReadOnlyList<long> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _active.Keys];
            }
        }
    }

    private ShardLeases Held => leases?.Held ?? ShardLeases.All;

    /// <summary>There is a wish about an event that does not run: what is being read of it may not know of that.</summary>
    public void Outdate(long eventKey) => Update(() => _loads.OnChanged(eventKey));

    /// <summary>Applies a wish to an event, and lets it act on it.</summary>
    /// <returns><see langword="false"/> when the event is not running any more.</returns>
    public bool Control(FanOut fanOut, EventControl control)
    {
        lock (_gate)
        {
            if (!_active.ContainsKey(fanOut.Record.Key))
            {
                return false;
            }

            fanOut.SetControl(control);
            _loads.OnChanged(fanOut.Record.Key);
            Queue(fanOut);
            return true;
        }
    }

    /// <summary>Lets go of an event that is paused and has nothing under way; it is loaded again when it goes on.</summary>
    public void ReleasePaused(FanOut fanOut)
    {
        lock (_gate)
        {
            if (fanOut is { Control: EventControl.Pause, PagesUnderWay: 0 })
            {
                Remove(fanOut);
            }
        }
    }

    /// <summary>Lets every event of an app look again: its credential or a provider's state has changed.</summary>
    public void Wake(int appKey)
    {
        lock (_gate)
        {
            foreach (var fanOut in _active.Values)
            {
                if (fanOut.Record.AppKey == appKey)
                {
                    Queue(fanOut);
                }
            }
        }
    }

    /// <summary>The clock was set: until when somebody sleeps has to be found out anew.</summary>
    public void LookAgain() => BringDeferredForward(TimeSpan.Zero);

    /// <summary>The same, and deferred devices are due so much earlier.</summary>
    public void BringDeferredForward(TimeSpan step)
    {
        lock (_gate)
        {
            foreach (var fanOut in _active.Values)
            {
                fanOut.BringDeferredForward(step);
                Queue(fanOut);
            }
        }
    }

    /// <summary>The turn is over, whatever came of it.</summary>
    public void ReturnTurn(Turn turn, DateTimeOffset now)
    {
        lock (_gate)
        {
            turn.FanOut.ReturnTurn(turn);
            _turnsInShard[turn.Shard.Shard]--;
            Keep(turn.FanOut, Held, now);
            Queue(turn.FanOut);
        }
    }

    /// <summary>Since when the event that has waited longest could have come further and has not; <see langword="null"/> when all come on.</summary>
    public DateTimeOffset? StandsSince(DateTimeOffset now)
    {
        lock (_gate)
        {
            DateTimeOffset? oldest = null;
            foreach (var fanOut in _active.Values)
            {
                oldest = fanOut.StandsSince(now) is { } since && !(since >= oldest) ? since : oldest;
            }

            return oldest;
        }
    }

    /// <summary>Those that have stood since before the instant, the longest first, at most so many.</summary>
    public IReadOnlyList<StandingEvent> ListStanding(DateTimeOffset now, DateTimeOffset before, int limit)
    {
        var standing = new List<StandingEvent>();
        lock (_gate)
        {
            foreach (var fanOut in _active.Values)
            {
                if (fanOut.StandsSince(now) is { } since && since < before)
                {
                    standing.Add(new StandingEvent(fanOut.Record, since));
                }
            }
        }

        return [.. standing.OrderBy(static entry => entry.Since).Take(limit)];
    }

    /// <summary>The process ends: what it has of traces is all there will be.</summary>
    public void EndTraces()
    {
        lock (_gate)
        {
            foreach (var fanOut in _active.Values)
            {
                fanOut.EndTrace();
            }
        }
    }

    /// <summary>Runs something while no turn is taken or returned.</summary>
    public void Update(Action update)
    {
        lock (_gate)
        {
            update();
        }
    }

    /// <summary>The next turn, or what else is to be done first.</summary>
    /// <param name="now">The instant to judge by.</param>
    /// <param name="finished">Events that have nothing left to do; each is named once, and has to be completed.</param>
    /// <param name="orphaned">Events whose app is gone.</param>
    /// <param name="mayStart">Whether a lane may have a further turn now; one that may not keeps its place. <see langword="null"/> for all.</param>
    /// <param name="wakeAt">Without a turn: when the next event wakes by itself, or <see langword="null"/>.</param>
    public Turn? TakeTurn(
        DateTimeOffset now, List<FanOut> finished, List<FanOut> orphaned, out DateTimeOffset? wakeAt, Func<EventPriority, bool>? mayStart = null)
    {
        lock (_gate)
        {
            while (_sleeping.Count > 0 && _sleeping.Min.WakeAt <= now)
            {
                Queue(_active[_sleeping.Min.EventKey]);
            }

            while (TakeFromLanes(mayStart) is { } fanOut)
            {
                if (!_active.ContainsKey(fanOut.Record.Key))
                {
                    continue;
                }

                if (apps.Find(fanOut.Record.AppKey) is not { } app)
                {
                    if (fanOut.PagesUnderWay == 0)
                    {
                        orphaned.Add(fanOut);
                        LetGo(fanOut);
                    }

                    continue;
                }

                if (fanOut.TakeTurn(app, pageSize, now, provider => gates.Find(app, provider), out var fanOutWakeAt, Held) is { } turn)
                {
                    _turnsInShard[turn.Shard.Shard]++;
                    Queue(fanOut);
                    wakeAt = null;
                    return turn;
                }

                if (!fanOut.IsFinishing && fanOut.IsDone && (fanOut.Control != EventControl.Run || !(now < fanOut.BeginsAt)))
                {
                    if (fanOut.Control != EventControl.Pause)
                    {
                        fanOut.IsFinishing = true;
                        finished.Add(fanOut);
                    }
                }
                else if (fanOut.RestsUntil(now) is { } until)
                {
                    // Events that wait for an evening must not take the room of those that have something to send.
                    LetGo(fanOut);
                    _resting.Enqueue((fanOut.Record.Key, until));
                    fanOut.Final.TrySetResult();
                }
                else if (fanOut.TryBegin(now))
                {
                    _beginning.Enqueue(fanOut);
                }
                else if (fanOutWakeAt is { } at)
                {
                    fanOut.WakeAt = at;
                    _sleeping.Add((at, fanOut.Record.Key));
                }
            }

            wakeAt = _sleeping.Count > 0 ? _sleeping.Min.WakeAt : null;
            return null;
        }
    }

    /// <summary>An event that was let go of because it has long to wait; the store has all there is of it. It is to be loaded again by then.</summary>
    public bool TryTakeResting(out long eventKey, out DateTimeOffset until)
    {
        lock (_gate)
        {
            var isThere = _resting.TryDequeue(out var resting);
            (eventKey, until) = resting;
            return isThere;
        }
    }

    /// <summary>An event whose beginning is to be recorded before its first turn; <see cref="Begin"/> follows.</summary>
    public bool TryTakeBeginning([NotNullWhen(true)] out FanOut? fanOut)
    {
        lock (_gate)
        {
            return _beginning.TryDequeue(out fanOut);
        }
    }

    /// <summary>The beginning is recorded; or, without a time, could not be and is to be tried again.</summary>
    public void Begin(FanOut fanOut, DateTimeOffset? at)
    {
        lock (_gate)
        {
            fanOut.Begin(at);
            Queue(fanOut);
        }
    }

    /// <summary>Smooth weighted round robin over the lanes that have something queued.</summary>
    private FanOut? TakeFromLanes(Func<EventPriority, bool>? mayStart)
    {
        var (best, total) = (-1, 0);
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            if (_lanes[lane].Count == 0 || mayStart?.Invoke((EventPriority)lane) == false)
            {
                continue;
            }

            _laneCredits[lane] += s_laneWeights[lane];
            total += s_laneWeights[lane];
            if (best < 0 || _laneCredits[lane] > _laneCredits[best])
            {
                best = lane;
            }
        }

        if (best < 0)
        {
            return null;
        }

        _laneCredits[best] -= total;
        var fanOut = _lanes[best].Dequeue();
        fanOut.IsQueued = false;
        return fanOut;
    }

    // What is being read of it may be from before a page that was recorded while the shard was still here.
    private void Keep(FanOut fanOut, ShardLeases held, DateTimeOffset now)
    {
        if (fanOut.Keep(held, now))
        {
            _loads.OnChanged(fanOut.Record.Key);
        }
    }

    private void LetGo(FanOut fanOut)
    {
        if (_active.Remove(fanOut.Record.Key))
        {
            _loads.OnChanged(fanOut.Record.Key);
            fanOut.EndTrace();
        }
    }

    private void Queue(FanOut fanOut)
    {
        WakeUp(fanOut);
        if (!fanOut.IsQueued && _active.ContainsKey(fanOut.Record.Key))
        {
            fanOut.IsQueued = true;
            _lanes[(int)fanOut.Event.Options.Priority].Enqueue(fanOut);
        }
    }

    private void WakeUp(FanOut fanOut)
    {
        if (fanOut.WakeAt is { } at)
        {
            _sleeping.Remove((at, fanOut.Record.Key));
            fanOut.WakeAt = null;
        }
    }
}
