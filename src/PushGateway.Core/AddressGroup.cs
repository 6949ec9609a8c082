using System.Net;
using System.Net.Sockets;

namespace PushGateway.Core;

/// <summary>Callers that count as one where limits go by address.</summary>
public static class AddressGroup
{
    private const int Ipv6Bytes = 16;
    private const int SubnetBytes = 8;

    /// <summary>An IPv4 address is one caller; of IPv6 the whole /64 is, for every host of it can take any of its addresses.</summary>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[Ipv6Bytes];
        address.TryWriteBytes(bytes, out _);
        bytes[SubnetBytes..].Clear();
        return new IPAddress(bytes);
    }
}
