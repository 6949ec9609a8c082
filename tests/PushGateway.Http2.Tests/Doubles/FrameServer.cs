using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>A listener on a free loopback port whose connections the test plays frame by frame.</summary>
internal sealed class FrameServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Channel<ServerConnection> _accepted = Channel.CreateUnbounded<ServerConnection>();
    private readonly ConcurrentBag<ServerConnection> _connections = [];
    private readonly ConcurrentBag<Task> _tasks = [];
    private readonly CancellationTokenSource _limit;
    private readonly FrameServerOptions _options;
    private int _count;
    private Task? _serving;

    private FrameServer(FrameServerOptions options)
    {
        _options = options;
        _limit = new CancellationTokenSource(options.Limit, TimeProvider.System);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        Endpoint = new UriBuilder(options.Tls ? "https" : "http", "127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port).Uri;
        _tasks.Add(ListenAsync());
    }

    public Uri Endpoint { get; }

    /// <summary>TCP connections so far.</summary>
    public int Connections => Volatile.Read(ref _count);

    public static FrameServer Start(FrameServerOptions? options = null) => new(options ?? new FrameServerOptions());

    /// <summary>The next connection whose TLS handshake is done. The server has not said anything on it yet.</summary>
    public async Task<ServerConnection> AcceptSilentAsync() => await _accepted.Reader.ReadAsync(_limit.Token);

    /// <summary>The next connection, its prefaces exchanged.</summary>
    public async Task<ServerConnection> AcceptAsync(params IReadOnlyList<(WireSetting Id, long Value)> settings)
    {
        var connection = await AcceptSilentAsync();
        await connection.HandshakeAsync(settings);
        return connection;
    }

    /// <summary>Plays every connection from now on by a script, given its number from 1. What a script throws fails <see cref="DisposeAsync"/>; a client that closes ends it.</summary>
    public void Serve(Func<ServerConnection, int, Task> script) => _serving = ServeAsync(script);

    /// <summary>Answers every request from now on with its own body.</summary>
    public void ServeEcho() => Serve(async (connection, _) =>
    {
        await connection.HandshakeAsync();
        await connection.ServeAsync();
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _limit.CancelAsync();
        _accepted.Writer.TryComplete();
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        try
        {
            await Task.WhenAll([.. _tasks, _serving ?? Task.CompletedTask]);
            await Task.WhenAll(_tasks);
        }
        finally
        {
            _limit.Dispose();
        }
    }

    private async Task ListenAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_limit.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }

            Interlocked.Increment(ref _count);
            socket.NoDelay = true;
            if (_options.ReceiveBuffer > 0)
            {
                socket.ReceiveBufferSize = _options.ReceiveBuffer;
            }

            _tasks.Add(OpenAsync(socket));
        }
    }

    private async Task OpenAsync(Socket socket)
    {
        Stream stream = new NetworkStream(socket);
        if (_options.Tls)
        {
            var tls = new SslStream(stream);
            stream = tls;
            try
            {
                await tls.AuthenticateAsServerAsync(CreateTlsOptions(), _limit.Token);
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                // The client does not want it: what came of that is the client's to tell.
                await stream.DisposeAsync();
                socket.Dispose();
                return;
            }
        }

        var connection = new ServerConnection(socket, stream, _limit.Token);
        _connections.Add(connection);
        _accepted.Writer.TryWrite(connection);
    }

    private SslServerAuthenticationOptions CreateTlsOptions() => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(_options.Certificate, null, offline: true),
        EnabledSslProtocols = _options.TlsVersions,
        ApplicationProtocols = _options.Alpn is { } protocol ? [protocol] : null,
    };

    private async Task ServeAsync(Func<ServerConnection, int, Task> script)
    {
        try
        {
            for (var number = 1; ; number++)
            {
                var connection = await _accepted.Reader.ReadAsync(_limit.Token);
                _tasks.Add(PlayAsync(script, connection, number));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            // Disposed.
        }
    }

    private async Task PlayAsync(Func<ServerConnection, int, Task> script, ServerConnection connection, int number)
    {
        try
        {
            await script(connection, number);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException || _limit.IsCancellationRequested)
        {
            // Closed by the client or by the end of the test.
        }
        catch (InvalidDataException)
        {
            // The client hears of it at once, so that the test does not wait for its time-out.
            connection.Abort();
            throw;
        }
    }
}
