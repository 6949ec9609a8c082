using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>Adds up the final outcomes of every page as it is recorded.</summary>
internal sealed class OutcomeTotals : IOutcomeTotals
{
    private readonly Lock _gate = new();
    private readonly OutcomeCounts[] _totals = new OutcomeCounts[ProviderKinds.All.Count];

    public OutcomeCounts Of(ProviderKind provider)
    {
        lock (_gate)
        {
            return _totals[(int)provider];
        }
    }

    public void Add(IReadOnlyList<PageAccount> accounts)
    {
        lock (_gate)
        {
            foreach (var account in accounts)
            {
                _totals[(int)account.Provider] += account.Counts with { Pending = 0 };
            }
        }
    }
}
