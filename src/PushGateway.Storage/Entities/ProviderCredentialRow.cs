using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>The credential of one app for one provider, encrypted whole.</summary>
internal sealed class ProviderCredentialRow
{
    public int AppKey { get; set; }

    public ProviderKind Provider { get; set; }

    public int Version { get; set; }

    public long UpdatedAtMs { get; set; }

    public required byte[] Secret { get; set; }
}
