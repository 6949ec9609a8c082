using System.Collections.Concurrent;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>The store, with what it was asked to change.</summary>
/// <param name="beforeLoad">Awaited before unfinished events are read.</param>
/// <param name="afterLoad">Awaited before what was read is given.</param>
internal sealed class CountingFanOutStore(IFanOutStore store, Func<Task> beforeLoad, Func<Task> afterLoad) : IFanOutStore
{
    /// <summary>Names of the changes, in order of their beginning.</summary>
    public ConcurrentQueue<string> Changes { get; } = [];

    public async Task<IReadOnlyList<FanOutWork>> LoadUnfinishedAsync(
        DateTimeOffset startsBefore, long afterKey, int limit, CancellationToken cancellationToken)
    {
        await beforeLoad();
        var loaded = await store.LoadUnfinishedAsync(startsBefore, afterKey, limit, cancellationToken);
        await afterLoad();
        return loaded;
    }

    public Task<FanOutWork?> FindWorkAsync(long eventKey, CancellationToken cancellationToken) => store.FindWorkAsync(eventKey, cancellationToken);

    public Task MarkStartedAsync(long eventKey, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Changes.Enqueue("start");
        return store.MarkStartedAsync(eventKey, at, cancellationToken);
    }

    public Task MarkBegunAsync(PageBegun page, CancellationToken cancellationToken)
    {
        Changes.Enqueue("begun");
        return store.MarkBegunAsync(page, cancellationToken);
    }

    public Task<bool> CommitPageAsync(PageCommit commit, CancellationToken cancellationToken)
    {
        Changes.Enqueue("page");
        return store.CommitPageAsync(commit, cancellationToken);
    }

    public ValueTask ReadDeferredPageAsync(
        AudienceQuery query, long eventKey, int shard, ProviderSet providers, DateTimeOffset dueAt, AudiencePage page,
        CancellationToken cancellationToken) =>
        store.ReadDeferredPageAsync(query, eventKey, shard, providers, dueAt, page, cancellationToken);

    public ValueTask<DateTimeOffset?> FindDeferredDueAsync(long eventKey, int shard, ProviderKind provider, CancellationToken cancellationToken) =>
        store.FindDeferredDueAsync(eventKey, shard, provider, cancellationToken);

    public ValueTask<IReadOnlyDictionary<long, IReadOnlyList<long>>> ReadChargesAsync(
        int appKey, int shard, int day, IReadOnlyList<long> subscriberKeys, CancellationToken cancellationToken) =>
        store.ReadChargesAsync(appKey, shard, day, subscriberKeys, cancellationToken);

    public Task<EventRecord> CompleteAsync(long eventKey, EventState state, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Changes.Enqueue("complete");
        return store.CompleteAsync(eventKey, state, at, cancellationToken);
    }
}
