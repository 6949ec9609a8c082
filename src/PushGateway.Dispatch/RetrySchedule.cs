using Microsoft.Extensions.Options;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>When a device whose last outcome was temporary is tried again.</summary>
/// <param name="random">Source of jitter; seeded in tests. Access is serialized here.</param>
internal sealed class RetrySchedule(IOptions<DispatchOptions> options, Random random)
{
    /// <summary>What is added to a wait that the provider named, so that devices told the same do not return together.</summary>
    private const double NamedSpread = 0.1;

    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();

    /// <summary>
    /// The provider's own wait when it named one, and up to a tenth more. Else exponential with full jitter, anything from nothing to the
    /// whole wait, on top of the least wait that the provider's rules ask for. The first repeats, as many as may be made in process, are
    /// soon (<see cref="DispatchOptions.InProcessRetryDelay"/>), those after them late (<see cref="DispatchOptions.DeferredRetryDelay"/>).
    /// </summary>
    /// <param name="attempts">Attempts made, 1 or more.</param>
    /// <returns>More than zero.</returns>
    public TimeSpan NextDelay(int attempts, in AttemptResult result)
    {
        if (result.RetryAfter is { } told && told > TimeSpan.Zero)
        {
            return told + (told * (NamedSpread * NextDouble()));
        }

        var settings = options.Value;
        var soon = settings.InProcessRetries;
        var limit = attempts <= soon
            ? Doubled(settings.InProcessRetryDelay, settings.InProcessRetryLimit, attempts)
            : Doubled(settings.DeferredRetryDelay, settings.DeferredRetryLimit, attempts - soon);
        var least = result.MinimumWait;
        var spread = limit > least * NamedSpread ? limit : least * NamedSpread;
        var delay = least + (spread * NextDouble());
        return delay > s_least ? delay : s_least;
    }

    /// <summary>
    /// When a device that the retry budget held back is tried again: as above, but after a second at least, and at a random instant before
    /// the deadline when that comes sooner, so that it gets another chance.
    /// </summary>
    public TimeSpan HeldBackDelay(int attempts, TimeSpan untilDeadline)
    {
        var settings = options.Value;
        var delay = TimeSpan.FromSeconds(1) + (Doubled(settings.DeferredRetryDelay, settings.DeferredRetryLimit, attempts) * NextDouble());
        return delay < untilDeadline ? delay : untilDeadline * NextDouble();
    }

    /// <summary>
    /// For a gate that closes: between half and all of <paramref name="first"/> doubled each time, at most <paramref name="limit"/>. Not from
    /// nothing: there is one prober, so nobody to keep it apart from, and a failing provider is to be left alone.
    /// </summary>
    public TimeSpan Backoff(TimeSpan first, TimeSpan limit, int times) => Doubled(first, limit, times) * (0.5 + (0.5 * NextDouble()));

    private static TimeSpan Doubled(TimeSpan first, TimeSpan limit, int times)
    {
        var doubled = first * Math.Pow(2, Math.Clamp(times - 1, 0, 30));
        return doubled < limit ? doubled : limit;
    }

    private double NextDouble()
    {
        lock (_gate)
        {
            return random.NextDouble();
        }
    }
}
