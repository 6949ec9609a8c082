namespace PushGateway.Core.Events;

/// <summary>Which events are looked for; what is <see langword="null"/> does not narrow.</summary>
public sealed record EventQuery
{
    public int? AppKey { get; init; }

    public EventState? State { get; init; }

    /// <summary>Only events with a smaller key.</summary>
    public long? Before { get; init; }

    /// <summary>1 or more.</summary>
    public required int Limit { get; init; }
}

/// <param name="Key">The event's, for the next page.</param>
public sealed record EventHit(long Key, int AppKey, string EventId, EventState State, DateTimeOffset StartsAt);

/// <summary>Finds events over all apps for people who look around; the account of each is <see cref="IEventStore"/>'s.</summary>
public interface IEventSearch
{
    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<EventHit>> ListAsync(EventQuery query, CancellationToken cancellationToken);

    /// <summary>Those that have begun and are not final, newest first.</summary>
    /// <param name="limit">1 or more.</param>
    Task<IReadOnlyList<EventHit>> ListBegunAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Those that wait for their time, soonest first.</summary>
    /// <param name="limit">1 or more.</param>
    Task<IReadOnlyList<EventHit>> ListScheduledAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Those that are final, the last to become so first.</summary>
    /// <param name="limit">1 or more.</param>
    Task<IReadOnlyList<EventHit>> ListFinishedAsync(int limit, CancellationToken cancellationToken);

    /// <summary>How many events wait for their time.</summary>
    Task<int> CountScheduledAsync(CancellationToken cancellationToken);
}
