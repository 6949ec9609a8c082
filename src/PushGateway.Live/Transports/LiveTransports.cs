using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace PushGateway.Live.Transports;

/// <summary>Serves a client over the transport it asked for. Each call ends when the stream does, and leaves the reader to the caller.</summary>
public sealed class LiveTransports(LiveStream stream, IOptions<LiveOptions> options, LiveMetrics metrics, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly LiveOptions _options = options.Value;

    /// <summary>Answers with a stream of server-sent events.</summary>
    public Task ServeEventsAsync(HttpContext context, LiveReader reader, long? since, LiveLease lease)
    {
        ArgumentNullException.ThrowIfNull(context);
        Forget(context.Request);
        var sink = new ServerSentEvents(context);
        sink.Start();
        return stream.RunAsync(reader, since, sink, lease, context.RequestAborted);
    }

    /// <summary>Accepts the WebSocket and streams over it.</summary>
    public async Task ServeWebSocketAsync(HttpContext context, LiveReader reader, long? since, LiveLease lease)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = _options.KeepAlive });
        Forget(context.Request);
        var sink = new WebSocketSink(socket, context);
        var close = sink.WaitForCloseAsync(reader);
        try
        {
            // Whoever reads from the client learns that it has gone. A registration that learns it as well would be kept for every idle client.
            await stream.RunAsync(reader, since, sink, lease, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The connection broke in the middle of a write.
        }
        finally
        {
            // Told the end, the client closes. One that does not is not waited for.
            await close.WaitAsync(s_farewell, timeProvider, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            socket.Abort();
            await close;
        }
    }

    /// <summary>Streams over a transport from elsewhere.</summary>
    /// <param name="gone">The client has left.</param>
    public Task ServeAsync(ILiveSink sink, LiveReader reader, long? since, LiveLease lease, CancellationToken gone)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return stream.RunAsync(reader, since, sink, lease, gone);
    }

    /// <summary>Reads what is there, or waits for a first message.</summary>
    /// <param name="since">The last message the client has; <see langword="null"/> for where the channel stands.</param>
    /// <param name="limit">At most this many messages.</param>
    /// <param name="wait">Cut to <see cref="LiveOptions.MaxPollWait"/>.</param>
    public async Task<LivePoll> PollAsync(LiveReader reader, long? since, int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var isRecovered = await reader.OpenAsync(since, cancellationToken);
        List<LiveFrame> frames = [];
        var patience = wait < _options.MaxPollWait ? wait : _options.MaxPollWait;
        // A gap is news, and so is where the channel stands.
        var read = await reader.ReadAsync(frames, limit, isRecovered && since is not null ? patience : TimeSpan.Zero, cancellationToken);
        metrics.Sent(LiveTransport.Polling, frames.Count);
        return new LivePoll(frames, reader.Cursor, isRecovered && read != LiveRead.Gap);
    }

    /// <summary>Lets the headers go, the key or token that the client came with among them: the stream lasts for hours, and needs none of them.</summary>
    /// <remarks>One by one: cleared, Kestrel keeps the values of those it knows, for a next request with the same.</remarks>
    private static void Forget(HttpRequest request)
    {
        foreach (var name in request.Headers.Keys.ToArray())
        {
            request.Headers.Remove(name);
        }
    }
}

/// <param name="Cursor">To go on from.</param>
/// <param name="IsRecovered">Nothing is missing before the first of the frames.</param>
public sealed record LivePoll(IReadOnlyList<LiveFrame> Frames, long Cursor, bool IsRecovered);
