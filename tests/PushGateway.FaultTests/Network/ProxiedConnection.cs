using System.Net.Sockets;

namespace PushGateway.FaultTests.Network;

/// <summary>One connection through the proxy: two sockets and what passes between them.</summary>
internal sealed class ProxiedConnection : IDisposable
{
    private const int Unlimited = -1;

    private readonly Socket _client;
    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private volatile TaskCompletionSource? _held;
    private volatile int _allowance = Unlimited;

    public ProxiedConnection(Socket client)
    {
        client.NoDelay = true;
        _client = client;
    }

    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        _held?.TrySetResult();
        _held = null;
    }

    public void ResetAfter(int bytes) => _allowance = bytes;

    /// <summary>RST in both directions, not FIN: what the kernel still holds is thrown away.</summary>
    public void Reset()
    {
        foreach (var socket in new[] { _client, _server })
        {
            socket.Close(timeout: 0);
        }

        Release();
    }

    public void Dispose() => Reset();

    public async Task RunAsync(Uri target, CancellationToken cancellationToken)
    {
        try
        {
            await _server.ConnectAsync(target.Host, target.Port, cancellationToken);
            await Task.WhenAll(PassAsync(_client, _server, cancellationToken), PassAsync(_server, _client, cancellationToken));
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // However one end goes, the other goes with it.
        }
        finally
        {
            Reset();
        }
    }

    private async Task PassAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var allowance = Unlimited;
        try
        {
            while (await from.ReceiveAsync(buffer, cancellationToken) is var count and > 0)
            {
                if (_held is { } held)
                {
                    await held.Task.WaitAsync(cancellationToken);
                }

                if (_allowance != Unlimited)
                {
                    allowance = allowance == Unlimited ? _allowance : allowance;
                    count = Math.Min(count, allowance);
                    allowance -= count;
                }

                await to.SendAsync(buffer.AsMemory(0, count), cancellationToken);
                if (allowance == 0)
                {
                    Reset();
                    return;
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // The other direction ends too, instead of waiting for an end that never comes.
            Reset();
            throw;
        }
    }
}
