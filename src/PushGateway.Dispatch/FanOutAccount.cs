using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>The account of one running event: what is recorded, plus the devices under way as pending. Safe for concurrent use.</summary>
/// <remarks>A page moves from under way to recorded in one step, so every snapshot adds up.</remarks>
internal sealed class FanOutAccount
{
    private readonly Lock _gate = new();
    private readonly OutcomeCounts[] _recorded = new OutcomeCounts[ProviderKinds.All.Count];
    private readonly Dictionary<string, long>[] _reasons = [.. ProviderKinds.All.Select(_ => new Dictionary<string, long>(StringComparer.Ordinal))];
    private readonly long[] _underWay = new long[ProviderKinds.All.Count];
    private long _attempts;

    public FanOutAccount(FanOutPlan plan)
    {
        foreach (var shard in plan.Shards)
        {
            Add(new PageAccount(shard.Provider, shard.Counts, shard.Reasons, shard.Attempts));
        }
    }

    /// <summary>A page was read: its devices are under way.</summary>
    public void Begin(IReadOnlyList<int> devicesByProvider)
    {
        lock (_gate)
        {
            for (var provider = 0; provider < _underWay.Length; provider++)
            {
                _underWay[provider] += devicesByProvider[provider];
            }
        }
    }

    /// <summary>The page is recorded, or, with no accounts, given up before anything came of it.</summary>
    public void End(IReadOnlyList<int> devicesByProvider, IReadOnlyList<PageAccount> accounts)
    {
        lock (_gate)
        {
            for (var provider = 0; provider < _underWay.Length; provider++)
            {
                _underWay[provider] -= devicesByProvider[provider];
            }

            foreach (var account in accounts)
            {
                Add(account);
            }
        }
    }

    public OutcomeCounts RecordedCounts
    {
        get
        {
            lock (_gate)
            {
                return _recorded.Aggregate(default(OutcomeCounts), (sum, counts) => sum + counts);
            }
        }
    }

    public EventAccount Snapshot()
    {
        lock (_gate)
        {
            var providers = new Dictionary<ProviderKind, ProviderAccount>();
            foreach (var provider in ProviderKinds.All)
            {
                var counts = _recorded[(int)provider].Plus(ReceiptOutcome.Pending, _underWay[(int)provider]);
                if (counts.Targeted > 0)
                {
                    providers[provider] = new ProviderAccount(counts, new Dictionary<string, long>(_reasons[(int)provider]));
                }
            }

            return new EventAccount(providers, _attempts);
        }
    }

    private void Add(PageAccount account)
    {
        _recorded[(int)account.Provider] += account.Counts;
        _attempts += account.Attempts;
        var reasons = _reasons[(int)account.Provider];
        foreach (var (reason, count) in account.Reasons)
        {
            reasons[reason] = reasons.GetValueOrDefault(reason) + count;
        }
    }
}
