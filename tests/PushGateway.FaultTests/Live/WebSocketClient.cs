using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PushGateway.FaultTests.Live;

/// <summary>A WebSocket for each channel.</summary>
internal sealed class WebSocketClient(IReadOnlyList<Uri> nodes, string app, string token) : ILiveClient
{
    public async IAsyncEnumerable<LiveStreamItem> FollowAsync(int node, string channel, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        var address = new UriBuilder(nodes[node]) { Scheme = "ws", Path = $"/v1/apps/{app}/channels/{channel}/ws", Query = since is null ? string.Empty : $"since={since}" };
        await socket.ConnectAsync(address.Uri, cancellationToken);
        using var text = new MemoryStream();
        var buffer = new byte[4_096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new IOException($"Closed: {socket.CloseStatus}.");
            }

            text.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                if (LiveStreamItem.Of(JsonElement.Parse(text.GetBuffer().AsSpan(0, (int)text.Length))) is { } item)
                {
                    yield return item;
                }

                text.SetLength(0);
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
