using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PushGateway.FaultTests.Network;

/// <summary>Stands between the gateway and a provider, and can do to their connections what networks do. Passes everything on until told otherwise.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly Task _accepting;
    private volatile bool _isDown;

    public TcpProxy(Uri target)
    {
        _target = target;
        _listener.Start();
        Address = new UriBuilder(target) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync();
    }

    /// <summary>The target's, with the proxy's port.</summary>
    public Uri Address { get; }

    /// <summary>Resets every open connection: what was under way is lost without a word.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Reset();
        }
    }

    /// <summary>Every open connection passes this many more bytes on in each direction, then is reset: a frame ends in its middle.</summary>
    public void Truncate(int bytes)
    {
        foreach (var connection in _connections.Keys)
        {
            connection.ResetAfter(bytes);
        }
    }

    /// <summary>Nothing passes for this long, and nothing is lost.</summary>
    public async Task StallAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var stalled = _connections.Keys.ToList();
        stalled.ForEach(connection => connection.Hold());
        try
        {
            await Task.Delay(duration, TimeProvider.System, cancellationToken);
        }
        finally
        {
            stalled.ForEach(connection => connection.Release());
        }
    }

    /// <summary>Open connections are reset, and so is every new one for this long.</summary>
    public async Task GoDownAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        _isDown = true;
        try
        {
            Cut();
            await Task.Delay(duration, TimeProvider.System, cancellationToken);
        }
        finally
        {
            _isDown = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var connection = new ProxiedConnection(client);
            if (_isDown)
            {
                connection.Dispose();
                continue;
            }

            var ended = new TaskCompletionSource();
            _connections[connection] = ended.Task;
            _ = RunAsync(connection, ended);
        }
    }

    private async Task RunAsync(ProxiedConnection connection, TaskCompletionSource ended)
    {
        using (connection)
        {
            await connection.RunAsync(_target, _stopping.Token);
        }

        _connections.TryRemove(connection, out _);
        ended.SetResult();
    }
}
