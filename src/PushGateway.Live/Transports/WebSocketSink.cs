using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Live.Transports;

/// <summary>A stream of JSON texts over a WebSocket (RFC 6455): <c>{"event":"state"|"message"|"end", …}</c>. What the client sends is not read.</summary>
internal sealed class WebSocketSink(WebSocket socket, HttpContext context) : ILiveSink
{
    private const WebSocketMessageType Text = WebSocketMessageType.Text;

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
    public async Task WaitForCloseAsync(CancellationToken cancellationToken)
    {
        var ignored = new byte[64];
        try
        {
            while (await socket.ReceiveAsync(ignored.AsMemory(), cancellationToken) is { MessageType: not WebSocketMessageType.Close })
            {
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
        catch (Exception problem) when (problem is WebSocketException or OperationCanceledException)
        {
            // It has gone without a word, or the stream has ended.
        }
    }

    private ValueTask SendAsync(string json, CancellationToken cancellationToken) =>
        socket.SendAsync((ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(json), Text, endOfMessage: true, cancellationToken);
}
