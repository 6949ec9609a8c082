using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Live.Transports;

/// <summary>A stream of JSON texts over a WebSocket (RFC 6455): <c>{"event":"state"|"message"|"end", …}</c>. What the client sends is not read.</summary>
internal sealed class WebSocketSink(WebSocket socket, HttpContext context) : ILiveSink
{
    private const WebSocketMessageType Text = WebSocketMessageType.Text;

    // Not looked at here, but the socket unmasks and checks texts in it, so each has its own.
    private readonly byte[] _ignored = new byte[16];

    public LiveTransport Transport => LiveTransport.WebSocket;

    public ValueTask WriteStateAsync(bool isRecovered, long cursor, CancellationToken cancellationToken) =>
        SendAsync($$"""{"event":"state","recovered":{{(isRecovered ? "true" : "false")}},"sequence":{{cursor}}}""", cancellationToken);

    public async ValueTask WriteAsync(IReadOnlyList<LiveFrame> frames, CancellationToken cancellationToken)
    {
        for (var index = 0; index < frames.Count; index++)
        {
            await socket.SendAsync(frames[index].WebSocketText, Text, endOfMessage: true, cancellationToken);
        }
    }

    /// <remarks>Pings go by themselves.</remarks>
    public ValueTask KeepAliveAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask EndAsync(string reason, CancellationToken cancellationToken)
    {
        await SendAsync($$"""{"event":"end","reason":"{{reason}}"}""", cancellationToken);
        await socket.CloseOutputAsync(
            reason == EndReasons.Stopping ? WebSocketCloseStatus.EndpointUnavailable : WebSocketCloseStatus.NormalClosure, reason, cancellationToken);
    }

    public void Abort() => context.Abort();

    /// <summary>Reads until the client closes, so that its close and its pings are answered.</summary>
    /// <remarks>Without a token: the read ends with the connection, or with the socket.</remarks>
    public async Task WaitForCloseAsync(LiveReader reader)
    {
        try
        {
            while (await socket.ReceiveAsync(_ignored.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close })
            {
            }

            reader.LeaveSoon();
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception problem) when (problem is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It has gone without a word, or the stream has ended.
            reader.LeaveSoon();
        }
    }

    private ValueTask SendAsync(string json, CancellationToken cancellationToken) =>
        socket.SendAsync((ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(json), Text, endOfMessage: true, cancellationToken);
}
