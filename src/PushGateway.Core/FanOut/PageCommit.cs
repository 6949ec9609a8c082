using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;

namespace PushGateway.Core.FanOut;

/// <summary>Everything one finished page changes, committed in one transaction or not at all.</summary>
public sealed record PageCommit
{
    public required long EventKey { get; init; }

    public required int AppKey { get; init; }

    public required int Shard { get; init; }

    /// <summary>The lease that the page was read under (<see cref="Nodes.ShardLeases.EpochOf"/>); 0 when it does not matter.</summary>
    public long Epoch { get; init; }

    /// <summary>Providers whose cursor moves to <see cref="End"/>; none for a page of deferred devices.</summary>
    public ProviderSet Advances { get; init; }

    public AudienceCursor End { get; init; }

    /// <summary>The page was the last of its shard for <see cref="Advances"/>.</summary>
    public bool IsLast { get; init; }

    /// <summary>The TTL ended before this part of the audience was read, so none of it was sent to.</summary>
    public bool ExpiredUnread { get; init; }

    /// <summary>Receipts of the page's devices in the form of <see cref="ReceiptBlob"/>; empty when the page had no device.</summary>
    public ReadOnlyMemory<byte> Receipts { get; init; }

    /// <summary>What the page adds to the counts, by provider; pending is negative where deferred devices were settled.</summary>
    public IReadOnlyList<PageAccount> Accounts { get; init; } = [];

    /// <summary>Devices to wait durably for a later attempt; replaces what was stored for the same device.</summary>
    public IReadOnlyList<DeferredDevice> Deferred { get; init; } = [];

    /// <summary>Device keys that wait no longer.</summary>
    public IReadOnlyList<long> Settled { get; init; } = [];

    /// <summary>Devices that were not attempted because their time has not come.</summary>
    public IReadOnlyList<WaitingDevices> Waits { get; init; } = [];

    /// <summary>Of earlier waits, what the page has taken.</summary>
    public IReadOnlyList<TakenWait> TakenWaits { get; init; } = [];

    /// <summary>Whose notification counts towards the cap; <see langword="null"/> when nobody's does.</summary>
    public DailyCharges? Charges { get; init; }

    public IReadOnlyList<TokenFeedback> Feedback { get; init; } = [];

    /// <summary>
    /// <see cref="Feedback"/> may be put down with the page and applied later: seconds later, and before the event is final. Otherwise it is applied with the page.
    /// </summary>
    public bool FeedbackMayWait { get; init; }

    /// <summary>Changes that others wait for may be committed before it, though they came later.</summary>
    public bool MayWait { get; init; }

    /// <summary>Providers whose removals are to be held from this page on, the page's own included.</summary>
    public IReadOnlyList<RemovalHoldStart> Holds { get; init; } = [];

    /// <summary>When the page's first notification was accepted; <see langword="null"/> when none was.</summary>
    public DateTimeOffset? FirstAcceptedAt { get; init; }

    /// <summary>When the page was finished.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>
    /// How the event ends if nothing is left of it with this page, so that ending it needs no commit of its own; <see langword="null"/>
    /// when something is. A wish to pause or cancel that was committed before has precedence: then the page is recorded and the event goes on.
    /// </summary>
    public PageEnding? Ending { get; init; }
}

/// <summary>How an event ends with one of its pages.</summary>
/// <param name="State">A final state.</param>
/// <param name="StartedAt">When its sending began, unless that is recorded already.</param>
/// <param name="WasScheduled">Its time came after it was published: what an event does when it begins, it may not have done yet.</param>
public readonly record struct PageEnding(EventState State, DateTimeOffset StartedAt, bool WasScheduled = false);

/// <summary>What a page adds to one provider's account.</summary>
/// <param name="Reasons">Final reasons only.</param>
public sealed record PageAccount(ProviderKind Provider, OutcomeCounts Counts, IReadOnlyDictionary<string, long> Reasons, long Attempts);

/// <summary>A device waiting durably for a later attempt.</summary>
/// <param name="Attempts">Attempts made so far.</param>
/// <param name="Reason">Why the last one failed.</param>
public readonly record struct DeferredDevice(
    long SubscriberKey, long DeviceKey, ProviderKind Provider, int Attempts, DateTimeOffset DueAt, string? Reason)
{
    /// <summary>Where its TTL counts from, when that is not the event's start: its local time.</summary>
    public DateTimeOffset? StartsAt { get; init; }
}

/// <summary>What a provider's answer means for a stored device token.</summary>
/// <param name="Verdict"><see cref="TokenVerdict.Remove"/> or <see cref="TokenVerdict.Quarantine"/>.</param>
/// <param name="LastSeenMs">As read with the page: when the device has registered since, the answer is about an older token and nothing is changed.</param>
/// <param name="CredentialVersion">The credential the answer was given to.</param>
public readonly record struct TokenFeedback(
    long SubscriberKey, long DeviceKey, ProviderKind Provider, TokenVerdict Verdict, string Reason, long LastSeenMs, int CredentialVersion)
{
    /// <summary>The removal is not to be applied: too many devices are called dead, and somebody has to look first.</summary>
    public bool IsHeld { get; init; }
}
