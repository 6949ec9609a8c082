using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>
/// A page that is about to be sent, of an event that forbids to send anything twice. What is noted so and not recorded when the event is
/// loaded again may have been sent.
/// </summary>
public sealed record PageBegun
{
    public required long EventKey { get; init; }

    public required int Shard { get; init; }

    /// <summary>As <see cref="PageCommit.Epoch"/>.</summary>
    public long Epoch { get; init; }

    /// <summary>Providers of which the devices up to <see cref="End"/> are begun; none for a page of deferred devices.</summary>
    public ProviderSet Providers { get; init; }

    public AudienceCursor End { get; init; }

    /// <summary>Device keys of a page of deferred devices.</summary>
    public IReadOnlyList<long> Deferred { get; init; } = [];

    /// <summary>What a page took of devices that waited for a time of day.</summary>
    public IReadOnlyList<TakenWait> Waits { get; init; } = [];
}
