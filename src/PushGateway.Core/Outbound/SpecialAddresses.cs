using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace PushGateway.Core.Outbound;

/// <summary>Tells addresses of the public internet from all others.</summary>
/// <remarks>
/// After the IANA registries of special-purpose addresses (RFC 6890 and its successors). In IPv6 only what is given out as global unicast counts
/// as public, so a range that is put to a new use is refused until it is known here.
/// </remarks>
public static class SpecialAddresses
{
    /// <summary>The kind of an address of this machine.</summary>
    public const string Loopback = "loopback";

    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;

    private static readonly (IPNetwork Network, string Kind)[] s_ipv4 =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "unspecified"),
        (IPNetwork.Parse("10.0.0.0/8"), "private"),
        (IPNetwork.Parse("100.64.0.0/10"), "shared (carrier-grade NAT)"),
        (IPNetwork.Parse("127.0.0.0/8"), Loopback),
        (IPNetwork.Parse("169.254.0.0/16"), "link-local"),
        (IPNetwork.Parse("172.16.0.0/12"), "private"),
        (IPNetwork.Parse("192.0.0.0/24"), "reserved"),
        (IPNetwork.Parse("192.0.2.0/24"), "documentation"),
        (IPNetwork.Parse("192.88.99.0/24"), "reserved"),
        (IPNetwork.Parse("192.168.0.0/16"), "private"),
        (IPNetwork.Parse("198.18.0.0/15"), "benchmarking"),
        (IPNetwork.Parse("198.51.100.0/24"), "documentation"),
        (IPNetwork.Parse("203.0.113.0/24"), "documentation"),
        (IPNetwork.Parse("224.0.0.0/4"), "multicast"),
        (IPNetwork.Parse("240.0.0.0/4"), "reserved"),
    ];

    private static readonly (IPNetwork Network, string Kind)[] s_ipv6 =
    [
        (IPNetwork.Parse("::/128"), "unspecified"),
        (IPNetwork.Parse("::1/128"), Loopback),
        (IPNetwork.Parse("fc00::/7"), "private"),
        (IPNetwork.Parse("fe80::/10"), "link-local"),
        (IPNetwork.Parse("fec0::/10"), "private"),
        (IPNetwork.Parse("ff00::/8"), "multicast"),
        (IPNetwork.Parse("2001:db8::/32"), "documentation"),
        (IPNetwork.Parse("2001::/23"), "reserved"),
        // 6to4 carries an IPv4 address that the packet may be sent on to.
        (IPNetwork.Parse("2002::/16"), "transition"),
        (IPNetwork.Parse("3fff::/20"), "documentation"),
    ];

    private static readonly IPNetwork s_globalUnicast = IPNetwork.Parse("2000::/3");

    // RFC 6052: a NAT64 gateway sends it on to the IPv4 address in its last four bytes. Public ones are reached so where there is no IPv4.
    private static readonly IPNetwork s_nat64 = IPNetwork.Parse("64:ff9b::/96");

    // Deprecated (RFC 4291), but some systems still take the last four bytes for an IPv4 address.
    private static readonly IPNetwork s_ipv4Compatible = IPNetwork.Parse("::/96");

    /// <summary>What is special about an address, such as <c>private</c> or <c>link-local</c>; <see langword="null"/> for one of the public internet.</summary>
    /// <param name="address">Judged as <see cref="Reached"/> has it.</param>
    public static string? KindOf(IPAddress address)
    {
        var reached = Reached(address);
        var table = reached.AddressFamily == AddressFamily.InterNetwork ? s_ipv4 : s_ipv6;
        foreach (var (network, kind) in table)
        {
            if (network.Contains(reached))
            {
                return kind;
            }
        }

        return reached.AddressFamily == AddressFamily.InterNetwork || s_globalUnicast.Contains(reached) ? null : "reserved";
    }

    /// <summary>The address that packets arrive at: IPv4 behind a mapped, compatible or NAT64 form, and without a zone.</summary>
    public static IPAddress Reached(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var plain = address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());
        if (plain.IsIPv4MappedToIPv6)
        {
            return plain.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[Ipv6Bytes];
        plain.TryWriteBytes(bytes, out _);
        var last = bytes[(Ipv6Bytes - Ipv4Bytes)..];

        // ::  and ::1 are addresses of IPv6 itself.
        var carriesIpv4 = s_nat64.Contains(plain) || (s_ipv4Compatible.Contains(plain) && BinaryPrimitives.ReadUInt32BigEndian(last) > 1);
        return carriesIpv4 ? new IPAddress(last) : plain;
    }
}
