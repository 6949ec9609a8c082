using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>A forward proxy that answers CONNECT with whatever the test says, and then passes bytes on when it was a 200.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _requests = [];
    private readonly byte[] _answer;
    private readonly bool _byteByByte;
    private readonly Task _listening;

    private ConnectProxy(string answer, bool byteByByte)
    {
        (_answer, _byteByByte) = (Encoding.ASCII.GetBytes(answer), byteByByte);
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _listening = ListenAsync();
    }

    public Uri Address { get; }

    /// <summary>The heads of the requests so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public static ConnectProxy Start(string answer, bool byteByByte = false) => new(answer, byteByByte);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _listening;
        _stopping.Dispose();
    }

    private async Task ListenAsync()
    {
        var tunnels = new List<Task>();
        try
        {
            while (true)
            {
                tunnels.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(tunnels);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                var stream = client.GetStream();
                var head = await ReadHeadAsync(stream);
                lock (_requests)
                {
                    _requests.Add(head);
                }

                for (var at = 0; at < _answer.Length; at += _byteByByte ? 1 : _answer.Length)
                {
                    await stream.WriteAsync(_answer.AsMemory(at, _byteByByte ? 1 : _answer.Length), _stopping.Token);
                }

                if (_answer.AsSpan().StartsWith("HTTP/1.1 200"u8))
                {
                    await TunnelAsync(stream, head.Split(' ')[1]);
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Either end is gone.
            }
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _stopping.Token);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task TunnelAsync(NetworkStream client, string target)
    {
        using var server = new TcpClient { NoDelay = true };
        await server.ConnectAsync(IPEndPoint.Parse(target), _stopping.Token);
        var there = client.CopyToAsync(server.GetStream(), _stopping.Token);
        var back = server.GetStream().CopyToAsync(client, _stopping.Token);
        await await Task.WhenAny(there, back);
    }
}
