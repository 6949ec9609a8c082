using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>What came of all notifications of this process since it started. Served from memory, at no cost to sending.</summary>
public interface IOutcomeTotals
{
    /// <summary>Final outcomes; <see cref="OutcomeCounts.Pending"/> is 0.</summary>
    OutcomeCounts Of(ProviderKind provider);
}
