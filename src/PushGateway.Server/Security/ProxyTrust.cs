using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using PushGateway.Server.Settings;
using IPNetwork = System.Net.IPNetwork;

namespace PushGateway.Server.Security;

/// <summary>Takes the caller's address from <c>X-Forwarded-For</c> where <see cref="ApiOptions.TrustedProxies"/> says so, and nowhere else.</summary>
internal sealed class ProxyTrust(IOptions<ApiOptions> api) : IConfigureOptions<ForwardedHeadersOptions>
{
    public void Configure(ForwardedHeadersOptions options)
    {
        // The framework's own default trusts loopback, where anybody on this machine could then name any address.
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var text in api.Value.TrustedProxies)
        {
            options.KnownIPNetworks.Add(Parse(text));
        }

        options.ForwardedHeaders = api.Value.TrustedProxies.Length == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;

        // As many as there are trusted proxies in a row: the first address that is none of them is the caller.
        options.ForwardLimit = null;
    }

    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }

    private static IPNetwork Parse(string text) => TryParse(text, out var network) ? network : throw new FormatException(text);
}
