using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>Whether an app's removals for one provider are held, or applied whatever their number.</summary>
internal sealed class RemovalHoldRow
{
    public int AppKey { get; set; }

    public ProviderKind Provider { get; set; }

    public long? HeldSinceMs { get; set; }

    public long Judged { get; set; }

    public long Removed { get; set; }

    public long? AllowedUntilMs { get; set; }
}
