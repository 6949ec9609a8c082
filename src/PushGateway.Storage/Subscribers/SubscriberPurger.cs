using Microsoft.Extensions.Options;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Subscribers;

/// <summary>Removes what deleted subscribers have left, in steps, each a change of its own, so that others' changes pass in between.</summary>
internal sealed class SubscriberPurger(StoreWriter writer, ReadPool reads, IOptions<StorageOptions> options)
{
    private const int RemovedPerStep = 200;
    private const int RemovalsPerRead = 10_000;

    /// <summary>Goes on with all that was begun, by whatever gateway.</summary>
    public async Task FinishAllAsync(CancellationToken cancellationToken)
    {
        while (await reads.ReadAsync(session => SubscriberPurge.Read(session.Statement(SubscriberPurge.FindAll)), cancellationToken).ConfigureAwait(false) is { Count: > 0 } purges)
        {
            foreach (var purge in purges)
            {
                await FinishAsync(purge, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Goes on with what was begun of one id, which may have been deleted more than once.</summary>
    public async Task FinishAsync(int appKey, string subscriberId, CancellationToken cancellationToken)
    {
        var purges = await reads.ReadAsync(session => SubscriberPurge.Read(session.Statement(SubscriberPurge.FindOfApp).Bind(1, appKey)), cancellationToken).ConfigureAwait(false);
        foreach (var purge in purges.Where(purge => purge.SubscriberId == subscriberId))
        {
            await FinishAsync(purge, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FinishAsync(SubscriberPurge purge, CancellationToken cancellationToken)
    {
        while (await writer.RunAsync(session => purge.Step(session, options.Value.PurgeStepRows), cancellationToken).ConfigureAwait(false))
        {
        }

        var removed = await reads.ReadAsync(purge.ReadRemoved, cancellationToken).ConfigureAwait(false);
        foreach (var some in removed.Chunk(RemovedPerStep))
        {
            await writer.RunAsync(session => Array.ForEach(some, key => purge.ForgetRemovedDevice(session, key)), cancellationToken).ConfigureAwait(false);
        }

        long? after = 0;
        while (after is { } from)
        {
            var (found, next) = await reads.ReadAsync(session => purge.ReadRemovals(session, from, RemovalsPerRead), cancellationToken).ConfigureAwait(false);
            foreach (var some in found.Chunk(RemovedPerStep))
            {
                await writer.RunAsync(session => Array.ForEach(some, key => purge.ForgetRemovalOf(session, key)), cancellationToken).ConfigureAwait(false);
            }

            after = next;
        }

        await writer.RunAsync(purge.End, cancellationToken).ConfigureAwait(false);
    }
}
