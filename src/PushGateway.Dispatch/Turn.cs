using System.Diagnostics;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>One page's worth of work, taken by one task. Its shard does nothing else until the turn is returned.</summary>
internal sealed record Turn
{
    public required FanOut FanOut { get; init; }

    public required ShardProgress Shard { get; init; }

    public required App App { get; init; }

    /// <summary>Providers whose devices are read. For a page of the audience all of them stand at <see cref="After"/>.</summary>
    public required ProviderSet Providers { get; init; }

    /// <summary>Read along, without having been asked whether they may be sent to: those devices wait for an answer to that.</summary>
    public ProviderSet Unasked { get; init; }

    public AudienceCursor After { get; init; }

    /// <summary>The page is of deferred devices, not of the audience.</summary>
    public bool IsDeferred { get; init; }

    /// <summary>For a deferred page, devices due at this instant or before.</summary>
    public DateTimeOffset DueAt { get; init; }

    /// <summary>Nothing is sent any more: every device of the page gets this outcome.</summary>
    public ReceiptOutcome? Sweep { get; init; }

    /// <summary>Devices the page may have.</summary>
    public required int Capacity { get; init; }

    /// <summary>By provider, where the capacity is reserved; <see langword="null"/> for a provider without a quota.</summary>
    public IReadOnlyList<QuotaPace?> Quotas { get; init; } = s_noQuotas;

    /// <summary>The app's own pace, where the capacity is reserved too; <see langword="null"/> when it has none.</summary>
    public TokenBucket? AppPace { get; init; }

    private static readonly QuotaPace?[] s_noQuotas = new QuotaPace?[ProviderKinds.All.Count];

    /// <summary>Devices that may be sent to, reserved at the gates: <see cref="Capacity"/>, or less when some of the page are expected to wait.</summary>
    public required int SendLimit { get; init; }

    /// <summary>Nothing is sent: the devices are told apart by when their local time comes, and wait for it.</summary>
    public bool IsSorting { get; init; }

    /// <summary>The turn tries out a closed gate.</summary>
    public bool IsProbe { get; init; }

    /// <summary>The page's span; <see langword="null"/> when it is not traced.</summary>
    public Activity? Span { get; init; }

    /// <summary>Fires when sending has to stop: pause, cancel, shutdown.</summary>
    public required CancellationToken Stop { get; init; }
}

/// <summary>How far one shard of a running event has come. Guarded by the schedule.</summary>
/// <param name="epoch">The lease that it was loaded under.</param>
/// <param name="fence">What its pages are recorded with (<see cref="PageCommit.Epoch"/>).</param>
internal sealed class ShardProgress(int shard, long epoch, long fence)
{
    private readonly ProviderProgress?[] _providers = new ProviderProgress?[ProviderKinds.All.Count];

    public int Shard => shard;

    public long Epoch => epoch;

    public long Fence => fence;

    /// <summary>A turn is out for this shard.</summary>
    public bool IsBusy { get; set; }

    public ProviderProgress? this[ProviderKind provider]
    {
        get => _providers[(int)provider];
        set => _providers[(int)provider] = value;
    }

    /// <summary>No provider that the event is for is missing.</summary>
    public bool IsCoveredBy(ProviderSet providers) => ProviderKinds.All.All(provider => this[provider] is null || providers.Contains(provider));

    public bool IsDone => !IsBusy && _providers.All(provider => provider is null or { IsRead: true, DeferredDueAt: null });

    public bool IsRead => _providers.All(provider => provider is null or { IsRead: true });
}

/// <summary>How far one provider's devices of one shard have come.</summary>
internal sealed class ProviderProgress
{
    public AudienceCursor Cursor { get; set; }

    public bool IsRead { get; set; }

    /// <summary>Devices after the cursor and up to here were begun and not recorded; only for an event that forbids to send anything twice.</summary>
    public AudienceCursor Begun { get; set; }

    public DateTimeOffset? DeferredDueAt { get; set; }
}
