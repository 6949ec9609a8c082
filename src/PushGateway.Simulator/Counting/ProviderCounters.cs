namespace PushGateway.Simulator;

/// <summary>Counters of one provider at one moment, since the start or the last reset.</summary>
public sealed record ProviderCounters
{
    /// <summary>Requests whose head has arrived.</summary>
    public long Requests { get; init; }

    /// <summary>Pushes accepted. Differs from status 200 by those the client was not told about (<see cref="FaultAction.CountAsAccepted"/>) and by FCM dry runs, which are not accepted pushes.</summary>
    public long Accepted { get; init; }

    /// <summary>Tokens accepted at least once.</summary>
    public long DistinctAccepted { get; init; }

    /// <summary>Tokens accepted more than once.</summary>
    public long AcceptedMoreThanOnce { get; init; }

    /// <summary>Answers by HTTP status.</summary>
    public required IReadOnlyDictionary<int, long> ByStatus { get; init; }

    /// <summary>Refusals by the provider's word, or by <c>(reset)</c>, <c>(aborted)</c>, <c>(never answered)</c>.</summary>
    public required IReadOnlyDictionary<string, long> ByReason { get; init; }

    /// <summary>Connections opened.</summary>
    public long ConnectionsOpened { get; init; }

    /// <summary>Connections open now.</summary>
    public long ConnectionsOpen { get; init; }

    /// <summary>The most streams that one connection had in progress at a time.</summary>
    public int MaxConcurrentStreams { get; init; }

    /// <summary>Requests in the last whole second.</summary>
    public long RequestsInLastSecond { get; init; }

    /// <summary>Requests in the busiest second.</summary>
    public long PeakRequestsPerSecond { get; init; }
}
