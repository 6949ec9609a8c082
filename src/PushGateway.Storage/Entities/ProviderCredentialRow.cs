using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>The credential of one app for one provider, encrypted whole.</summary>
internal sealed class ProviderCredentialRow
{
    public int AppKey { get; set; }

    public ProviderKind Provider { get; set; }

    public int Version { get; set; }

    /// <summary>When <see cref="Secret"/> came here.</summary>
    public long UpdatedAtMs { get; set; }

    public required byte[] Secret { get; set; }

    /// <summary>The one before, encrypted alike; <see langword="null"/> when there is none or it was kept long enough.</summary>
    public byte[]? PreviousSecret { get; set; }

    /// <summary>Its version; given with it, as are the times.</summary>
    public int? PreviousVersion { get; set; }

    /// <summary>When it came here.</summary>
    public long? PreviousUpdatedAtMs { get; set; }

    /// <summary>When <see cref="Secret"/> took its place.</summary>
    public long? PreviousReplacedAtMs { get; set; }
}
