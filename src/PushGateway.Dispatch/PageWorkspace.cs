using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>The buffers one page needs, reused from page to page so that a page allocates little.</summary>
internal sealed class PageWorkspace(TimeProvider timeProvider)
{
    public AudiencePage Page { get; } = new(1);

    public PageLedger Ledger { get; } = new();

    public ReceiptBlob.Writer Receipts { get; } = new();

    /// <summary>Rows to send, by provider.</summary>
    public IReadOnlyList<List<int>> Rows { get; } = [.. ProviderKinds.All.Select(_ => new List<int>())];

    /// <summary>One batch per provider.</summary>
    public IReadOnlyList<PushBatch> Batches { get; } = [.. ProviderKinds.All.Select(_ => new PushBatch(timeProvider))];

    /// <summary>The day to which accepted notifications are charged; <see langword="null"/> when no cap applies.</summary>
    public int? ChargedDay { get; set; }

    /// <summary>Devices of the page, by provider.</summary>
    public int[] Devices { get; } = new int[ProviderKinds.All.Count];
}
