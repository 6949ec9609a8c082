using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace PushGateway.Live.Transports;

/// <summary>A stream of server-sent events (HTML, section 9.2), for <c>EventSource</c>, <c>curl -N</c> and whoever can read lines.</summary>
internal sealed class ServerSentEvents(HttpContext context) : ILiveSink
{
    // A comment of nothing, as the standard proposes.
    private static readonly byte[] s_keepAlive = ":\n\n"u8.ToArray();

    private readonly PipeWriter _writer = context.Response.BodyWriter;

    public LiveTransport Transport => LiveTransport.ServerSentEvents;

    /// <summary>Begins the answer.</summary>
    public void Start()
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        // Proxies such as nginx would gather the stream otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _writer.Write("retry: 2000\n\n"u8);
    }

    public ValueTask WriteStateAsync(bool isRecovered, long cursor, CancellationToken cancellationToken)
    {
        // With an id, so that a client that leaves before the first message comes back to the same place. 0 is the beginning of a channel that has none.
        Write($"id: {cursor}\nevent: state\ndata: {{\"recovered\":{(isRecovered ? "true" : "false")},\"sequence\":{cursor}}}\n\n");
        return FlushAsync(cancellationToken);
    }

    public ValueTask WriteAsync(IReadOnlyList<LiveFrame> frames, CancellationToken cancellationToken)
    {
        for (var index = 0; index < frames.Count; index++)
        {
            _writer.Write(frames[index].ServerSentEvent.Span);
        }

        return FlushAsync(cancellationToken);
    }

    public ValueTask KeepAliveAsync(CancellationToken cancellationToken)
    {
        _writer.Write(s_keepAlive);
        return FlushAsync(cancellationToken);
    }

    public ValueTask EndAsync(string reason, CancellationToken cancellationToken)
    {
        Write($"event: end\ndata: {{\"reason\":\"{reason}\"}}\n\n");
        return FlushAsync(cancellationToken);
    }

    public void Abort() => context.Abort();

    private void Write(string text) => _writer.Write(Encoding.ASCII.GetBytes(text));

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if ((await _writer.FlushAsync(cancellationToken)).IsCompleted)
        {
            throw new OperationCanceledException("The client has left.");
        }
    }
}
