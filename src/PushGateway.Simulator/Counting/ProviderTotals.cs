using System.Collections.Concurrent;

namespace PushGateway.Simulator.Counting;

/// <summary>What one provider has been asked and has answered since the start or the last reset.</summary>
internal sealed class ProviderTotals(TimeProvider timeProvider, bool rememberTokens)
{
    private readonly ConcurrentDictionary<int, Counter> _byStatus = new();
    private readonly ConcurrentDictionary<string, Counter> _byReason = new(StringComparer.Ordinal);
    private readonly TokenTally? _acceptedTokens = rememberTokens ? new TokenTally() : null;
    private readonly PushRate _rate = new(timeProvider);
    private long _requests;
    private long _accepted;

    public void Request()
    {
        Interlocked.Increment(ref _requests);
        _rate.Record();
    }

    /// <summary>Counts an acceptance; the answer is counted apart, since it may never be given.</summary>
    public void Accept(TokenKey token)
    {
        Interlocked.Increment(ref _accepted);
        _acceptedTokens?.Increment(token);
    }

    /// <param name="status">The HTTP status, or 0 when the request got none.</param>
    /// <param name="reason">The provider's word for it; null for an acceptance.</param>
    public void Answer(int status, string? reason)
    {
        if (status != 0)
        {
            _byStatus.GetOrAdd(status, static _ => new Counter()).Increment();
        }

        if (reason is not null)
        {
            _byReason.GetOrAdd(reason, static _ => new Counter()).Increment();
        }
    }

    public int TimesAccepted(TokenKey token) => _acceptedTokens?.CountOf(token) ?? 0;

    public ProviderCounters Snapshot(ConnectionTotals connections)
    {
        var (lastSecond, peak) = _rate.Read();
        return new ProviderCounters
        {
            Requests = Interlocked.Read(ref _requests),
            Accepted = Interlocked.Read(ref _accepted),
            DistinctAccepted = _acceptedTokens?.Distinct ?? 0,
            AcceptedMoreThanOnce = _acceptedTokens?.Repeated ?? 0,
            ByStatus = _byStatus.OrderBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Value.Value),
            ByReason = _byReason.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(pair => pair.Key, pair => pair.Value.Value),
            ConnectionsOpened = connections.Opened,
            ConnectionsOpen = connections.Open,
            MaxConcurrentStreams = connections.MaxConcurrentStreams,
            RequestsInLastSecond = lastSecond,
            PeakRequestsPerSecond = peak,
        };
    }

    private sealed class Counter
    {
        private long _value;

        public long Value => Interlocked.Read(ref _value);

        public void Increment() => Interlocked.Increment(ref _value);
    }
}
