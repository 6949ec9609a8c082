using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.Benchmarks.Load;

/// <summary>One keep-alive connection of HTTP/1.1 with at most one call on it. Knows just enough of the protocol to find the end of an answer.</summary>
internal sealed class LoadConnection : IDisposable
{
    private byte[] _output = [];
    private byte[] _input = new byte[16 * 1024];
    private int _received;

    private LoadConnection(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <summary>Number of the call under way.</summary>
    public int Call { get; private set; }

    public static LoadConnection Open(Uri address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, address.Port));
        return new LoadConnection(socket);
    }

    public void Send(int call, ILoadCalls calls)
    {
        (Call, _received) = (call, 0);
        var rest = calls.Write(call, ref _output).Span;
        while (rest.Length > 0)
        {
            rest = rest[Socket.Send(rest)..];
        }
    }

    /// <summary>Reads what has come.</summary>
    /// <returns>Whether the answer is whole.</returns>
    /// <exception cref="BenchmarkException">The gateway has closed the connection.</exception>
    public bool Receive()
    {
        if (_received == _input.Length)
        {
            Array.Resize(ref _input, _input.Length * 2);
        }

        var read = Socket.Receive(_input.AsSpan(_received));
        if (read == 0)
        {
            throw new BenchmarkException("The gateway has closed a connection.");
        }

        _received += read;
        var answer = _input.AsSpan(0, _received);
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var length = answer[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
        {
            // In chunks, and nothing can follow the last one: there is one call at a time.
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        }

        return Utf8Parser.TryParse(answer[(length + "Content-Length: ".Length)..], out int bytes, out _) && _received >= head + 4 + bytes;
    }

    /// <summary>What has come of the answer, valid until the next call.</summary>
    public ReadOnlySpan<byte> Answer => _input.AsSpan(0, _received);

    /// <summary>The answer as text, for a person.</summary>
    public string AnswerText() => Encoding.UTF8.GetString(_input, 0, Math.Min(_received, 2_000));

    public void Dispose() => Socket.Dispose();
}
