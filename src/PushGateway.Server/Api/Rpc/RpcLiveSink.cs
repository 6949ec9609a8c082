using System.Text;
using Google.Protobuf;
using Grpc.Core;
using PushGateway.Live;
using PushGateway.Live.Transports;
using Proto = PushGateway.V1;

namespace PushGateway.Server.Api.Rpc;

/// <summary>A stream of items over one gRPC call.</summary>
internal sealed class RpcLiveSink(IServerStreamWriter<Proto.LiveItem> responses, HttpContext context) : ILiveSink
{
    private static readonly WriteOptions s_gather = new(WriteFlags.BufferHint);
    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
    private static readonly Proto.LiveItem s_keepAlive = new();

    public LiveTransport Transport => LiveTransport.Grpc;

    /// <summary>Why the stream has ended, when it was the gateway that ended it.</summary>
    public string? EndReason { get; private set; }

    public ValueTask WriteStateAsync(bool isRecovered, long cursor, CancellationToken cancellationToken) =>
        SendAsync(new Proto.LiveItem { State = new Proto.LiveState { Recovered = isRecovered, Sequence = cursor } });

    public async ValueTask WriteAsync(IReadOnlyList<LiveFrame> frames, CancellationToken cancellationToken)
    {
        for (var index = 0; index < frames.Count; index++)
        {
            // They leave together with the last.
            responses.WriteOptions = index < frames.Count - 1 ? s_gather : null;
            await SendAsync(frames[index].As(ToItem));
        }
    }

    public ValueTask KeepAliveAsync(CancellationToken cancellationToken) => SendAsync(s_keepAlive);

    public ValueTask EndAsync(string reason, CancellationToken cancellationToken)
    {
        EndReason = reason;
        return SendAsync(new Proto.LiveItem { End = new Proto.LiveEnd { Reason = reason } });
    }

    public void Abort() => context.Abort();

    /// <remarks>Without a token: whoever waits for it waits no longer than the stream allows, and a write that is given up ends with the call.</remarks>
    private async ValueTask SendAsync(Proto.LiveItem item)
    {
        try
        {
            await responses.WriteAsync(item);
        }
        catch (InvalidOperationException over) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left in the middle of a write, which the library takes for a mistake of ours.
            throw new OperationCanceledException(over.Message, over, context.RequestAborted);
        }
    }

    private static Proto.LiveItem ToItem(LiveFrame frame)
    {
        // The names in the JSON are those of the messages.
        var message = s_parser.Parse<Proto.LiveMessage>(Encoding.UTF8.GetString(frame.Json.Span));
        // The parser's numbers are floating.
        message.Sequence = frame.Sequence;
        return new Proto.LiveItem { Message = message };
    }
}
