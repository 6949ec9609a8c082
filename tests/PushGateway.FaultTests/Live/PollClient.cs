using System.Runtime.CompilerServices;
using PushGateway.Client;

namespace PushGateway.FaultTests.Live;

/// <summary>One poll after the other, each of which waits for a message.</summary>
internal sealed class PollClient(IReadOnlyList<PushGatewayAppClient> nodes) : ILiveClient
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(10);

    public async IAsyncEnumerable<LiveStreamItem> FollowAsync(int node, string channel, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await nodes[node].PollAsync(channel, since, null, s_wait, cancellationToken);
            var before = answer.Items is [var first, ..] ? first.Sequence - 1 : answer.Cursor;
            // A poll has no state of its own: where it begins is where the one before ended, unless it says otherwise.
            if (since is null || !answer.Recovered)
            {
                yield return LiveStreamItem.State(answer.Recovered, before);
            }

            foreach (var message in answer.Items)
            {
                yield return LiveStreamItem.Message(message.Sequence, message.Data[LiveStreamItem.KeyName]);
            }

            since = answer.Cursor;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
