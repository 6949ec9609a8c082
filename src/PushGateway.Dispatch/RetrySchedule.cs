using Microsoft.Extensions.Options;

namespace PushGateway.Dispatch;

/// <summary>When a device whose last outcome was temporary is tried again.</summary>
/// <param name="random">Source of jitter; seeded in tests. Access is serialized here.</param>
internal sealed class RetrySchedule(IOptions<DispatchOptions> options, Random random)
{
    private readonly Lock _gate = new();

    /// <summary>
    /// The provider's own wait when it named one, plus up to a tenth so that devices told the same do not return together;
    /// else exponential from <see cref="DispatchOptions.DeferredRetryDelay"/> with full jitter over its upper half.
    /// </summary>
    /// <param name="attempts">Attempts made, 1 or more.</param>
    /// <returns>More than zero.</returns>
    public TimeSpan NextDelay(int attempts, TimeSpan? retryAfter)
    {
        if (retryAfter is { } told && told > TimeSpan.Zero)
        {
            return told + (told * (0.1 * NextDouble()));
        }

        return Backoff(options.Value.DeferredRetryDelay, options.Value.DeferredRetryLimit, attempts);
    }

    /// <summary>Exponential with jitter: between half and all of <paramref name="first"/> doubled each time, at most <paramref name="limit"/>.</summary>
    public TimeSpan Backoff(TimeSpan first, TimeSpan limit, int times)
    {
        var doubled = first * Math.Pow(2, Math.Clamp(times - 1, 0, 30));
        var capped = doubled < limit ? doubled : limit;
        return capped * (0.5 + (0.5 * NextDouble()));
    }

    private double NextDouble()
    {
        lock (_gate)
        {
            return random.NextDouble();
        }
    }
}
