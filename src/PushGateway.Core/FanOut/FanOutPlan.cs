using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>What there is to do for an event: one entry per shard and provider.</summary>
/// <param name="Shards">Shards that had nobody of the audience when the event was published have no entry.</param>
public sealed record FanOutPlan(IReadOnlyList<FanOutShard> Shards)
{
    /// <summary>The whole audience, when it is so small that it was read together with publishing the event; else <see langword="null"/>.</summary>
    public FirstPage? First { get; init; }
}

/// <summary>A page that was read before anybody asked for it.</summary>
/// <param name="Page">The first and last page of the one shard, with the devices of all providers that the event is for.</param>
/// <param name="Query">What was asked for.</param>
public sealed record FirstPage(AudiencePage Page, AudienceQuery Query);

/// <summary>How far one shard has come with one provider's devices of an event.</summary>
public sealed record FanOutShard
{
    public required int Shard { get; init; }

    public required ProviderKind Provider { get; init; }

    /// <summary>Pages up to here are recorded.</summary>
    public AudienceCursor Cursor { get; init; }

    /// <summary>Pages after <see cref="Cursor"/> and up to here were begun and not recorded (<see cref="PageBegun"/>). Before the cursor it means nothing.</summary>
    public AudienceCursor Begun { get; init; }

    /// <summary>The whole shard has been read and recorded; deferred devices may still be waiting.</summary>
    public bool IsRead { get; init; }

    /// <summary>The TTL ended before the whole shard was read.</summary>
    public bool ExpiredUnread { get; init; }

    public OutcomeCounts Counts { get; init; }

    public IReadOnlyDictionary<string, long> Reasons { get; init; } = new Dictionary<string, long>(0);

    public long Attempts { get; init; }

    /// <summary>When the first of its deferred devices is due; <see langword="null"/> when none waits.</summary>
    public DateTimeOffset? DeferredDueAt { get; init; }
}

/// <summary>An event with unfinished work, as found at start.</summary>
public sealed record FanOutWork(EventRecord Event, FanOutPlan Plan);
