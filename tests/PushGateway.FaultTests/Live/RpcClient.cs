using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using PushGateway.V1;

namespace PushGateway.FaultTests.Live;

/// <summary>One gRPC connection to each gateway, for all its channels.</summary>
internal sealed class RpcClient(IReadOnlyList<Uri> nodes, string app, string token) : ILiveClient
{
    private readonly List<GrpcChannel> _connections = [.. nodes.Select(node => GrpcChannel.ForAddress(node, new GrpcChannelOptions
    {
        // gRPC's own pause before it connects again grows to minutes; here another gateway is there meanwhile, and this one soon.
        MaxReconnectBackoff = TimeSpan.FromSeconds(1),
    }))];

    public async IAsyncEnumerable<LiveStreamItem> FollowAsync(int node, string channel, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new SubscribeRequest { App = app, Channel = channel };
        if (since is { } cursor)
        {
            request.Since = cursor;
        }

        using var call = new PushLive.PushLiveClient(_connections[node]).Subscribe(
            request, new Metadata { { "authorization", $"Bearer {token}" } }, cancellationToken: cancellationToken);
        await foreach (var item in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            switch (item.ItemCase)
            {
                case LiveItem.ItemOneofCase.State:
                    yield return LiveStreamItem.State(item.State.Recovered, item.State.Sequence);
                    break;
                case LiveItem.ItemOneofCase.Message:
                    yield return LiveStreamItem.Message(item.Message.Sequence, item.Message.Data[LiveStreamItem.KeyName]);
                    break;
                case LiveItem.ItemOneofCase.End:
                    throw new LiveStreamEnded(item.End.Reason);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        return ValueTask.CompletedTask;
    }
}
