using System.Net;

namespace PushGateway.Core.Outbound;

/// <summary>What <see cref="OutboundPolicy"/> allows beside the public internet. The default allows nothing.</summary>
public sealed record OutboundRules
{
    /// <summary>Networks that connections may lead into, whatever the host is called.</summary>
    public IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [];

    /// <summary>Hosts that may have any address, compared without regard to case.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Whether connections may lead back to this machine.</summary>
    public bool AllowsLoopback { get; init; }
}
