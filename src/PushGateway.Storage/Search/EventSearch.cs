using Microsoft.EntityFrameworkCore;
using PushGateway.Core.Events;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Search;

internal sealed class EventSearch(ReadPool reads) : IEventSearch
{
    public async Task<IReadOnlyList<EventHit>> ListAsync(EventQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return await reads.ReadAsync(
            session =>
            {
                using var context = session.CreateContext();
                var events = context.Events.AsNoTracking();

                // The literal lets the partial index of unfinished events be used.
                events = query.Unfinished ? events.Where(row => row.State < EventState.Completed) : events;
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

    public async Task<int> CountScheduledAsync(CancellationToken cancellationToken) => await reads.ReadAsync(
        static session =>
        {
            using var context = session.CreateContext();
            return context.Events.Count(row => row.State < EventState.Completed && row.State == EventState.Scheduled);
        },
        cancellationToken).ConfigureAwait(false);
}
