using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Events;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Search;

internal sealed class EventSearch(ReadPool reads) : IEventSearch
{
    private const string Columns = "SELECT EventKey, AppKey, EventId, State, StartsAtMs FROM Events ";

    // One walk for each state: both together could not come in the order of the keys. The first condition is the index's, to the letter.
    internal const string OfState = Columns + "WHERE State < 3 AND State = ?1 ORDER BY EventKey DESC LIMIT ?2";

    internal const string Scheduled = Columns + "WHERE State = 0 ORDER BY StartsAtMs LIMIT ?1";

    internal const string ScheduledCount = "SELECT count(*) FROM Events WHERE State = 0";

    internal const string Finished = Columns + "WHERE CompletedAtMs IS NOT NULL ORDER BY CompletedAtMs DESC LIMIT ?1";

    public async Task<IReadOnlyList<EventHit>> ListAsync(EventQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                var events = context.Events.AsNoTracking();
                events = query.AppKey is { } app ? events.Where(row => row.AppKey == app) : events;
                events = query.State is { } state ? events.Where(row => row.State == state) : events;
                events = query.Before is { } before ? events.Where(row => row.EventKey < before) : events;
                return events.OrderByDescending(row => row.EventKey).Take(query.Limit)
                    .Select(row => new { row.EventKey, row.AppKey, row.EventId, row.State, row.StartsAtMs })
                    .AsEnumerable()
                    .Select(row => new EventHit(row.EventKey, row.AppKey, row.EventId, row.State, DateTimeOffset.FromUnixTimeMilliseconds(row.StartsAtMs)))
                    .ToList();
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<EventHit>> ListBegunAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await reads.ReadAsync(
            limit,
            static (session, limit) => new[] { EventState.Dispatching, EventState.Paused }
                .SelectMany(state => Read(session.Statement(OfState).Bind(1, (long)state).Bind(2, limit)))
                .OrderByDescending(hit => hit.Key).Take(limit).ToList(),
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<EventHit>> ListScheduledAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await reads.ReadAsync(limit, static (session, limit) => Read(session.Statement(Scheduled).Bind(1, limit)), cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<EventHit>> ListFinishedAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await reads.ReadAsync(limit, static (session, limit) => Read(session.Statement(Finished).Bind(1, limit)), cancellationToken).ConfigureAwait(false);
    }

    public async Task<int> CountScheduledAsync(CancellationToken cancellationToken) =>
        await reads.ReadAsync(static session => (int)session.Statement(ScheduledCount).ScalarInt64()!.Value, cancellationToken).ConfigureAwait(false);

    private static List<EventHit> Read(StoreStatement row)
    {
        var hits = new List<EventHit>();
        while (row.Step())
        {
            hits.Add(new EventHit(row.Int64(0), row.Int32(1), row.Text(2), (EventState)row.Int32(3), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(4))));
        }

        row.Reset();
        return hits;
    }
}
