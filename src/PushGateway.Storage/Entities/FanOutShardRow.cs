using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>How far one shard has come with one provider's devices of an event.</summary>
internal sealed class FanOutShardRow
{
    public int Shard { get; set; }

    public long EventKey { get; set; }

    public ProviderKind Provider { get; set; }

    public long CursorSubscriberKey { get; set; }

    public long CursorDeviceKey { get; set; }

    public bool IsRead { get; set; }

    public long Accepted { get; set; }

    public long Unregistered { get; set; }

    public long Rejected { get; set; }

    public long Expired { get; set; }

    public long Cancelled { get; set; }

    public long Suppressed { get; set; }

    public long Live { get; set; }

    public long Pending { get; set; }

    public long Attempts { get; set; }

    public string? Reasons { get; set; }

    public long BegunSubscriberKey { get; set; }

    public long BegunDeviceKey { get; set; }
}
