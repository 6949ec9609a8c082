using System.Runtime.CompilerServices;
using PushGateway.Client;
using PushGateway.Client.Live;

namespace PushGateway.FaultTests.Live;

/// <summary>Server-sent events, with the project's own client library.</summary>
internal sealed class SseClient(IReadOnlyList<PushGatewayAppClient> nodes) : ILiveClient
{
    public async IAsyncEnumerable<LiveStreamItem> FollowAsync(int node, string channel, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in nodes[node].FollowAsync(channel, since, cancellationToken))
        {
            yield return Map(item);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static LiveStreamItem Map(LiveItem item) => item.Message is { } message
        ? LiveStreamItem.Message(message.Sequence, message.Data[LiveStreamItem.KeyName])
        : LiveStreamItem.State(item.State!.Recovered, item.State.Sequence);
}
