using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace PushGateway.Http2.Pooling;

/// <summary>Makes the byte stream under a connection: name, TCP, proxy, TLS.</summary>
internal sealed class Dialer(PostPoolOptions options, TimeProvider timeProvider)
{
    private int _turn;

    /// <summary>Connects to one of the addresses that the name has now, one with few of our connections before one with many.</summary>
    /// <param name="inUse">The addresses that the pool's connections lead to, each as often as it is used.</param>
    /// <exception cref="DialException">None of them could be connected to, or the server is not the one it should be.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<(Stream Stream, IPAddress Address)> ConnectAsync(IReadOnlyCollection<IPAddress> inUse, CancellationToken cancellationToken)
    {
        var target = options.Proxy?.Address ?? options.Endpoint;
        var addresses = Arrange(KeepAllowed(await ResolveAsync(target, cancellationToken)), inUse);
        var (socket, address) = await ConnectToFirstAsync(addresses, target, cancellationToken);
        try
        {
            if (options.Proxy is { } proxy)
            {
                await ProxyTunnel.OpenAsync(socket, proxy, options.Endpoint, cancellationToken);
            }

            var stream = new NetworkStream(socket, ownsSocket: true);
            return (options.Endpoint.Scheme == Uri.UriSchemeHttps ? await SecureAsync(stream, cancellationToken) : stream, address);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (exception is SocketException or IOException)
            {
                throw Unreachable(exception);
            }

            throw;
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(Uri target, CancellationToken cancellationToken)
    {
        // IdnHost: an IPv6 address without its brackets.
        if (IPAddress.TryParse(target.IdnHost, out var address))
        {
            return [address];
        }

        try
        {
            return await Dns.GetHostAddressesAsync(target.IdnHost, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw Unreachable(exception);
        }
    }

    /// <summary>After the look-up, so that a name cannot be pointed elsewhere between the check and the connection.</summary>
    private IPAddress[] KeepAllowed(IPAddress[] addresses)
    {
        if (options.AllowAddress is not { } allows)
        {
            return addresses;
        }

        if (options.Proxy is not null)
        {
            // The addresses are the proxy's, which is the operator's own choice.
            return !IPAddress.TryParse(options.Endpoint.IdnHost, out var literal) || allows(literal) ? addresses : throw NotAllowed();
        }

        var allowed = Array.FindAll(addresses, address => allows(address));
        return allowed.Length > 0 || addresses.Length == 0 ? allowed : throw NotAllowed();
    }

    /// <summary>Least used first; among equals each comes first in turn.</summary>
    internal List<IPAddress> Arrange(IPAddress[] addresses, IReadOnlyCollection<IPAddress> inUse)
    {
        var turn = (uint)Interlocked.Increment(ref _turn);
        return
        [
            .. addresses
                .Select((address, position) => (Address: address, Turn: (position + turn) % (uint)addresses.Length))
                .OrderBy(candidate => inUse.Count(used => used.Equals(candidate.Address)))
                .ThenBy(candidate => candidate.Turn)
                .Select(candidate => candidate.Address),
        ];
    }

    private async Task<(Socket Socket, IPAddress Address)> ConnectToFirstAsync(List<IPAddress> addresses, Uri target, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        for (var position = 0; position < addresses.Count; position++)
        {
            // The last address may use all the time there is; those before it leave some to the others.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var timer = new CancellationTokenSource(options.ConnectTimeout / (addresses.Count - position), timeProvider);
            await using var registration = timer.Token.Register(limit.Cancel);
            var address = addresses[position];
            Socket? socket = null;
            try
            {
                // Fails where the system has no such family, or no socket left: the next address may do.
                socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), limit.Token);
                return (socket, address);
            }
            catch (Exception exception) when (
                exception is SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                socket?.Dispose();
                failure = exception;
            }
            catch
            {
                socket?.Dispose();
                throw;
            }
        }

        throw failure is OperationCanceledException
            ? new DialException(PostFault.Unreachable, "No connection in time.", failure)
            : Unreachable(failure ?? new SocketException((int)SocketError.HostNotFound));
    }

    private async Task<Stream> SecureAsync(NetworkStream transport, CancellationToken cancellationToken)
    {
        var tls = new SslStream(transport);
        var settings = options.TrustedCertificates.CreateTlsOptions();
        settings.TargetHost = options.Endpoint.IdnHost;
        settings.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        settings.ApplicationProtocols = [SslApplicationProtocol.Http2];
        try
        {
            await tls.AuthenticateAsClientAsync(settings, cancellationToken);
        }
        catch (AuthenticationException exception)
        {
            await tls.DisposeAsync();
            throw new DialException(PostFault.Untrusted, Describe(exception), exception);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        if (tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2 || (tls.NegotiatedApplicationProtocol.Protocol.IsEmpty && !options.RequireAlpn))
        {
            return tls;
        }

        await tls.DisposeAsync();
        throw new DialException(PostFault.Unreachable, "The server did not choose HTTP/2 in the TLS handshake (ALPN).");
    }

    private DialException NotAllowed() => new(PostFault.Unreachable, $"Connections to the addresses of {options.Endpoint.IdnHost} are not allowed.");

    private static DialException Unreachable(Exception cause) => new(PostFault.Unreachable, Describe(cause), cause);

    private static string Describe(Exception exception) =>
        exception.InnerException is { } inner && !exception.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{exception.Message} {inner.Message}"
            : exception.Message;
}
