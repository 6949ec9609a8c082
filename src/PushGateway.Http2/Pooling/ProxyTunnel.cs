using System.Net.Sockets;
using System.Text;

namespace PushGateway.Http2.Pooling;

/// <summary>Has an HTTP proxy connect to the server: RFC 9110, section 9.3.6.</summary>
internal static class ProxyTunnel
{
    private const int MaxAnswerBytes = 16 * 1024;

    /// <summary>After it the socket leads to the server.</summary>
    /// <exception cref="DialException">The proxy refused, or does not answer as one.</exception>
    public static async Task OpenAsync(Socket socket, PostProxy proxy, Uri endpoint, CancellationToken cancellationToken)
    {
        await SendAsync(socket, Encoding.ASCII.GetBytes(Compose(proxy, endpoint)), cancellationToken);
        var answer = await ReadHeadAsync(socket, cancellationToken);
        var statusLine = answer[..answer.IndexOf("\r\n", StringComparison.Ordinal)];
        var words = statusLine.Split(' ', 3);
        if (words.Length < 2 || !words[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || words[1].Length != 3 || !words[1].All(char.IsAsciiDigit))
        {
            throw new DialException(PostFault.Unreachable, $"The proxy {proxy} does not answer as an HTTP proxy.");
        }

        if (words[1][0] != '2')
        {
            throw new DialException(PostFault.Unreachable, words[1] == "407"
                ? $"The proxy {proxy} wants another user name or password (407)."
                : $"The proxy {proxy} refused to connect ({words[1]}).");
        }
    }

    private static string Compose(PostProxy proxy, Uri endpoint)
    {
        var target = $"{endpoint.IdnHost}:{endpoint.Port}";
        if (endpoint.HostNameType == UriHostNameType.IPv6)
        {
            target = $"[{endpoint.IdnHost}]:{endpoint.Port}";
        }

        var authorization = proxy.UserName is null
            ? string.Empty
            : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{proxy.UserName}:{proxy.Password}"))}\r\n";
        return $"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n";
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    /// <summary>Reads byte by byte, so that nothing of what the server says behind it is taken.</summary>
    private static async Task<string> ReadHeadAsync(Socket socket, CancellationToken cancellationToken)
    {
        var head = new byte[MaxAnswerBytes];
        for (var length = 0; length < head.Length; length++)
        {
            if (await socket.ReceiveAsync(head.AsMemory(length, 1), cancellationToken) == 0)
            {
                break;
            }

            if (head.AsSpan(0, length + 1).EndsWith("\r\n\r\n"u8))
            {
                return Encoding.ASCII.GetString(head, 0, length + 1);
            }
        }

        throw new DialException(PostFault.Unreachable, "The proxy does not answer as an HTTP proxy.");
    }
}
