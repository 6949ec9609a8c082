using System.Net;
using System.Net.Sockets;

namespace PushGateway.Core.Outbound;

/// <summary>
/// Says where a connection may lead whose address a caller of the API chose: to the public internet, and to what the operator allowed beside it. Without
/// it the gateway would reach for callers what they cannot reach themselves (server-side request forgery). Safe for concurrent use.
/// </summary>
/// <remarks>
/// Ask twice: <see cref="CheckAsync"/> when an address is given, so that the caller is told, and <see cref="Allows"/> or <see cref="ConnectAsync"/>
/// with every connection, for a name may have another address by then.
/// </remarks>
public sealed class OutboundPolicy
{
    /// <summary>Where the operator says what is allowed.</summary>
    public const string SectionName = "PushGateway:Outbound";

    private static readonly TimeSpan s_lookupLimit = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<IPNetwork> _networks;
    private readonly HashSet<string> _hosts;
    private readonly bool _allowsLoopback;
    private readonly TimeProvider _timeProvider;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <param name="resolve">The addresses of a name; <see langword="null"/> for the system's resolver. Throws <see cref="SocketException"/> for a name without any.</param>
    public OutboundPolicy(OutboundRules rules, TimeProvider timeProvider, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _networks = rules.AllowedNetworks;
        _hosts = new HashSet<string>(rules.AllowedHosts.Select(Normalize), StringComparer.OrdinalIgnoreCase);
        _allowsLoopback = rules.AllowsLoopback;
        _timeProvider = timeProvider;
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
    }

    /// <summary>The public internet and nothing else.</summary>
    public static OutboundPolicy PublicOnly { get; } = new(new OutboundRules(), TimeProvider.System);

    /// <summary>Whether a connection to the host may be made to this address of its.</summary>
    /// <param name="host">As the URL has it; an IPv6 address with or without brackets.</param>
    public bool Allows(string host, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(address);
        if (SpecialAddresses.KindOf(address) is not { } kind)
        {
            return true;
        }

        var reached = SpecialAddresses.Reached(address);
        return (_allowsLoopback && kind == SpecialAddresses.Loopback) || _hosts.Contains(Normalize(host)) || _networks.Any(network => network.Contains(reached));
    }

    /// <summary>Checks a URL before it is stored.</summary>
    /// <returns>
    /// The rule it breaks, as a sentence to go behind "Must"; or <see langword="null"/>. A name that cannot be looked up now passes: whether its address may be
    /// connected to is asked again with every connection.
    /// </returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<string?> CheckAsync(Uri url, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(url);
        var host = url.IdnHost;
        if (IPAddress.TryParse(host, out var literal))
        {
            return Allows(host, literal) ? null : Rule($"{literal} is a {SpecialAddresses.KindOf(literal)} address");
        }

        IPAddress[] addresses;
        using var limit = new CancellationTokenSource(s_lookupLimit, _timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            addresses = await _resolve(host, linked.Token).WaitAsync(linked.Token);
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }

        // The address itself is not told: names of the inside are not for callers to look up.
        return addresses.Length == 0 || addresses.Any(address => Allows(host, address))
            ? null
            : Rule($"the name leads to a {SpecialAddresses.KindOf(addresses[0])} address");
    }

    /// <summary>Connects for a <see cref="SocketsHttpHandler"/>, to addresses that are allowed only; set it as its <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <remarks>Not for handlers with a proxy: that would be asked for the proxy's address, and the proxy connects where it likes.</remarks>
    /// <exception cref="HttpRequestException">No address of the host is allowed.</exception>
    /// <exception cref="SocketException">The name is not known, or no address could be connected to.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellationToken);
        var allowed = addresses.Where(address => Allows(host, address)).ToArray();
        if (allowed.Length == 0)
        {
            throw addresses.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new HttpRequestException(Refusal(host));
        }

        // Of both families, as its name says nothing of; connecting to a list tries one after the other.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What is told when no address of a host may be connected to.</summary>
    public static string Refusal(string host) => $"{host} has no address that {SectionName} allows connections to.";

    private static string Rule(string because) => $"lead to a public address, or to one that {SectionName} allows: {because}.";

    // The resolver takes a name with the dot of the root for the same name.
    private static string Normalize(string host) => host.Trim('[', ']').TrimEnd('.');
}
