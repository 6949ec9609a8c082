using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace PushGateway.Storage.Tests.Support;

/// <summary>Stands between a gateway and its database, and cuts connections at a chosen moment.</summary>
public sealed class AnswerCutter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private int _cut;

    public AnswerCutter(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    private enum Cut
    {
        Nothing,
        NextAnswer,
        NextRequest,
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The writer's next commit arrives, and the connection breaks instead of its answer.</summary>
    public void CutNextAnswer() => Volatile.Write(ref _cut, (int)Cut.NextAnswer);

    /// <summary>The connection breaks when the writer commits next, before that arrives.</summary>
    public void CutNextRequest() => Volatile.Write(ref _cut, (int)Cut.NextRequest);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await Task.WhenAny(_accepting);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, stop.Token);
            var cut = new StrongBox<bool>();
            await Task.WhenAny(
                PumpRequestsAsync(client.GetStream(), server.GetStream(), cut, stop.Token), PumpAnswersAsync(server.GetStream(), client.GetStream(), cut, stop.Token));
            await stop.CancelAsync();
        }
    }

    private async Task PumpRequestsAsync(NetworkStream from, NetworkStream to, StrongBox<bool> cutAnswer, CancellationToken stop)
    {
        var buffer = new byte[65_536];
        while (await from.ReadAsync(buffer, stop) is > 0 and var read)
        {
            // As the writer does it; a reader's end is a commit alone.
            if (buffer.AsSpan(0, read).IndexOf("SELECT 1"u8) >= 0 && buffer.AsSpan(0, read).IndexOf("COMMIT"u8) >= 0)
            {
                var cut = (Cut)Interlocked.Exchange(ref _cut, (int)Cut.Nothing);
                if (cut == Cut.NextRequest)
                {
                    return;
                }

                cutAnswer.Value = cut == Cut.NextAnswer;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), stop);
        }
    }

    private static async Task PumpAnswersAsync(NetworkStream from, NetworkStream to, StrongBox<bool> cut, CancellationToken stop)
    {
        var buffer = new byte[65_536];
        while (await from.ReadAsync(buffer, stop) is > 0 and var read && !cut.Value)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), stop);
        }
    }
}
