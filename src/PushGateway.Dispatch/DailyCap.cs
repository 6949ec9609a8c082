using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>Keeps an app's cap on notifications per subscriber and day, exactly, also between events that run at the same time.</summary>
/// <remarks>
/// <para>What has been accepted is charged in the commit of its page. What is under way is reserved here, before the store is asked what
/// has been charged: whoever asks later sees the reservation or, when it has gone, the charge, because the charge is durable first. Of
/// two that want the last place, the one that reserved first gets it.</para>
/// <para>A reservation holds a place also when nothing comes of it in the end; nobody is ever sent more for it, at worst less.</para>
/// </remarks>
internal sealed class DailyCap(IFanOutStore store, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();

    // The events under way for each subscriber. Bounded by the devices in flight.
    private readonly Dictionary<(int Day, long SubscriberKey), List<long>> _reserved = [];

    /// <summary>Reserves a place for each subscriber that the page is to be sent to, and settles as suppressed the devices of those who have none left.</summary>
    /// <returns>To be disposed of when the page is recorded; <see langword="null"/> when no cap applies.</returns>
    public async Task<IDisposable?> ReserveAsync(Turn turn, PageWorkspace workspace, CancellationToken cancellationToken)
    {
        if (turn.App.Limits.MaxPerSubscriberPerDay is not { } cap || turn.FanOut.Event.Options.PassesCap)
        {
            return null;
        }

        var subscribers = Subscribers(workspace);
        if (subscribers.Count == 0)
        {
            return null;
        }

        var day = DailyCharges.DayOf(timeProvider.GetUtcNow());
        workspace.ChargedDay = day;
        var reservation = new Reservation(this, day, turn.FanOut.Record.Key, subscribers);
        try
        {
            var others = reservation.Enter();
            var charged = await store.ReadChargesAsync(turn.App.Key, turn.Shard.Shard, day, subscribers, cancellationToken);
            HashSet<long> suppressed = [];
            foreach (var subscriberKey in subscribers)
            {
                var known = charged.GetValueOrDefault(subscriberKey, []).Union(others.GetValueOrDefault(subscriberKey, [])).ToList();
                if (known.Count >= cap && !known.Contains(turn.FanOut.Record.Key))
                {
                    suppressed.Add(subscriberKey);
                }
            }

            if (suppressed.Count > 0)
            {
                Suppress(workspace, suppressed);
                reservation.Leave(suppressed);
            }

            return reservation;
        }
        catch
        {
            reservation.Dispose();
            throw;
        }
    }

    /// <returns>Ascending, each once.</returns>
    private static List<long> Subscribers(PageWorkspace workspace)
    {
        List<long> keys = [];
        foreach (var rows in workspace.Rows)
        {
            foreach (var row in rows)
            {
                keys.Add(workspace.Page[row].SubscriberKey);
            }
        }

        keys.Sort();
        var distinct = 0;
        for (var index = 0; index < keys.Count; index++)
        {
            if (distinct == 0 || keys[distinct - 1] != keys[index])
            {
                keys[distinct++] = keys[index];
            }
        }

        keys.RemoveRange(distinct, keys.Count - distinct);
        return keys;
    }

    private static void Suppress(PageWorkspace workspace, HashSet<long> subscribers)
    {
        foreach (var rows in workspace.Rows)
        {
            rows.RemoveAll(row =>
            {
                var isSuppressed = subscribers.Contains(workspace.Page[row].SubscriberKey);
                if (isSuppressed)
                {
                    workspace.Ledger.Suppress(row, GatewayReasons.DailyCap);
                }

                return isSuppressed;
            });
        }
    }

    private sealed class Reservation(DailyCap caps, int day, long eventKey, List<long> subscribers) : IDisposable
    {
        private HashSet<long> _left = [];
        private bool _entered;

        /// <returns>By subscriber, the other events that had reserved before.</returns>
        public Dictionary<long, List<long>> Enter()
        {
            Dictionary<long, List<long>> others = [];
            lock (caps._gate)
            {
                foreach (var subscriberKey in subscribers)
                {
                    if (caps._reserved.TryGetValue((day, subscriberKey), out var events))
                    {
                        others[subscriberKey] = [.. events];
                        events.Add(eventKey);
                    }
                    else
                    {
                        caps._reserved[(day, subscriberKey)] = [eventKey];
                    }
                }

                _entered = true;
            }

            return others;
        }

        /// <summary>Gives back the places of some.</summary>
        public void Leave(HashSet<long> some)
        {
            _left = some;
            lock (caps._gate)
            {
                foreach (var subscriberKey in some)
                {
                    Leave(subscriberKey);
                }
            }
        }

        public void Dispose()
        {
            lock (caps._gate)
            {
                foreach (var subscriberKey in _entered ? subscribers : [])
                {
                    if (!_left.Contains(subscriberKey))
                    {
                        Leave(subscriberKey);
                    }
                }

                _entered = false;
            }
        }

        private void Leave(long subscriberKey)
        {
            if (caps._reserved.TryGetValue((day, subscriberKey), out var events) && events.Remove(eventKey) && events.Count == 0)
            {
                caps._reserved.Remove((day, subscriberKey));
            }
        }
    }
}
