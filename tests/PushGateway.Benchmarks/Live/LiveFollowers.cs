using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.Benchmarks.Live;

/// <summary>Many clients that follow channels by server-sent events, or by WebSocket where the path ends in <c>/ws</c>, over sockets of their own, and count bytes instead of reading them.</summary>
/// <remarks>HTTP/1.0, so that the stream has no frames of the transport in it: a message is as many bytes as the gateway made it.</remarks>
internal sealed class LiveFollowers : IDisposable
{
    private readonly List<Follower> _followers = [];

    public int Count => _followers.Count;

    /// <summary>Bytes received by all of them, what precedes the first message included.</summary>
    public long Bytes => _followers.Sum(follower => follower.Bytes);

    /// <summary>When each of them last received something, in <see cref="Stopwatch"/> ticks.</summary>
    public IEnumerable<long> LastReceived => _followers.Select(follower => follower.LastReceived);

    /// <summary>Connects so many more, a few at a time, and returns when each has its <c>state</c>.</summary>
    /// <param name="isReading">Otherwise they read their state, and then nothing more.</param>
    public async Task AddAsync(int count, Uri gateway, Func<int, string> path, string key, CancellationToken cancellationToken, bool isReading = true)
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, gateway.Port);
        var first = _followers.Count;
        for (var number = 0; number < count; number++)
        {
            _followers.Add(new Follower());
        }

        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken }, async (number, stop) =>
            await _followers[first + number].ConnectAsync(endpoint, path(number), key, isReading, stop));
    }

    public void Dispose()
    {
        foreach (var follower in _followers)
        {
            follower.Dispose();
        }
    }

    private sealed class Follower : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private byte[] _buffer = new byte[1_024];
        private long _bytes;
        private long _lastReceived;

        public long Bytes => Interlocked.Read(ref _bytes);

        public long LastReceived => Interlocked.Read(ref _lastReceived);

        public async Task ConnectAsync(IPEndPoint gateway, string path, string key, bool isReading, CancellationToken cancellationToken)
        {
            if (!isReading)
            {
                // So that what the machine keeps for it is soon full.
                _socket.ReceiveBufferSize = 4_096;
            }

            await _socket.ConnectAsync(gateway, cancellationToken);
            var isWebSocket = path.EndsWith("/ws", StringComparison.Ordinal);
            var first = isWebSocket
                ? $"GET {path} HTTP/1.1\r\nHost: benchmark\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                : $"GET {path} HTTP/1.0\r\nHost: benchmark\r\n";
            await _socket.SendAsync(Encoding.ASCII.GetBytes($"{first}Authorization: Bearer {key}\r\n\r\n"), cancellationToken);
            var text = new StringBuilder();
            while (isWebSocket ? !text.ToString().Contains("\"sequence\":", StringComparison.Ordinal) : !text.ToString().Contains("event: state\ndata: {", StringComparison.Ordinal) || text[^1] != '\n')
            {
                var received = await _socket.ReceiveAsync(_buffer, cancellationToken);
                if (received == 0)
                {
                    throw new BenchmarkException($"The gateway ended a stream: {text}");
                }

                text.Append(Encoding.ASCII.GetString(_buffer, 0, received));
            }

            if (isReading)
            {
                _ = ReceiveAsync();
            }
        }

        public void Dispose() => _socket.Dispose();

        private async Task ReceiveAsync()
        {
            try
            {
                while (await _socket.ReceiveAsync(_buffer.AsMemory()) is var received and > 0)
                {
                    // Signs of life have three bytes.
                    if (received > 3)
                    {
                        Interlocked.Add(ref _bytes, received);
                        Interlocked.Exchange(ref _lastReceived, Stopwatch.GetTimestamp());
                    }

                    // Who gets a lot reads a lot at a time.
                    if (received == _buffer.Length && received < 64 * 1_024)
                    {
                        _buffer = new byte[received * 4];
                    }
                }
            }
            catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
            {
                // The benchmark has ended, or will miss the bytes.
            }
        }
    }
}
