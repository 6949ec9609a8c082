using System.Collections.Concurrent;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>The store, with what it was asked to change.</summary>
internal sealed class CountingFanOutStore(IFanOutStore store) : IFanOutStore
{
    /// <summary>Names of the changes, in order of their beginning.</summary>
    public ConcurrentQueue<string> Changes { get; } = [];

    /// <summary>Awaited after an event has been read and before it is given.</summary>
    public Func<Task> AfterFind { get; set; } = () => Task.CompletedTask;

    /// <summary>Awaited before a page is noted as begun.</summary>
    public Func<Task> BeforeMarkBegun { get; set; } = () => Task.CompletedTask;

    /// <summary>Awaited before what is deferred is brought forward.</summary>
    public Func<Task> BeforeBringForward { get; set; } = () => Task.CompletedTask;

    /// <summary>How often it was asked who has confirmed a live message.</summary>
    public int ConfirmedReads => Volatile.Read(ref _confirmedReads);

    /// <summary>Rows that pages have asked for, for one device each.</summary>
    public int Deferred => Volatile.Read(ref _deferred);

    /// <summary>Rows that pages have asked for, for devices that wait together.</summary>
    public int Waits => Volatile.Read(ref _waits);

    private int _confirmedReads;
    private int _deferred;
    private int _waits;

    public event Action<long, int?>? Published
    {
        add => store.Published += value;
        remove => store.Published -= value;
    }

    public event Action<long>? Wished
    {
        add => store.Wished += value;
        remove => store.Wished -= value;
    }

    public event Action<int, ProviderKind>? ProviderResumed
    {
        add => store.ProviderResumed += value;
        remove => store.ProviderResumed -= value;
    }

    public event Action? Missed
    {
        add => store.Missed += value;
        remove => store.Missed -= value;
    }

    public ValueTask<IReadOnlySet<AudienceCursor>> ReadConfirmedAsync(long eventKey, int shard, long first, long last, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _confirmedReads);
        return store.ReadConfirmedAsync(eventKey, shard, first, last, cancellationToken);
    }

    public Task TellProviderResumedAsync(int appKey, ProviderKind provider, CancellationToken cancellationToken) =>
        store.TellProviderResumedAsync(appKey, provider, cancellationToken);

    public Task<IReadOnlyList<(long EventKey, DateTimeOffset StartsAt)>> ListUnfinishedAsync(
        DateTimeOffset startsBefore, long afterKey, int limit, CancellationToken cancellationToken) =>
        store.ListUnfinishedAsync(startsBefore, afterKey, limit, cancellationToken);

    public async Task<FanOutWork?> FindWorkAsync(long eventKey, CancellationToken cancellationToken)
    {
        var work = await store.FindWorkAsync(eventKey, cancellationToken);
        await AfterFind();
        return work;
    }

    public Task MarkStartedAsync(long eventKey, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Changes.Enqueue("start");
        return store.MarkStartedAsync(eventKey, at, cancellationToken);
    }

    public async Task MarkBegunAsync(PageBegun page, CancellationToken cancellationToken)
    {
        Changes.Enqueue("begun");
        await BeforeMarkBegun();
        await store.MarkBegunAsync(page, cancellationToken);
    }

    /// <summary>Awaited before the outcome of a page is given to the store: a test has the store refuse it here.</summary>
    public Func<Task> BeforeCommit { get; set; } = () => Task.CompletedTask;

    public async Task<bool> CommitPageAsync(PageCommit commit, CancellationToken cancellationToken)
    {
        Changes.Enqueue("page");
        Interlocked.Add(ref _deferred, commit.Deferred.Count);
        Interlocked.Add(ref _waits, commit.Waits.Count);
        await BeforeCommit();
        return await store.CommitPageAsync(commit, cancellationToken);
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

    public async Task BringDeferredForwardAsync(TimeSpan step, DateTimeOffset now, ShardLeases held, CancellationToken cancellationToken)
    {
        await BeforeBringForward();
        await store.BringDeferredForwardAsync(step, now, held, cancellationToken);
    }

    public Task<EventRecord> CompleteAsync(long eventKey, EventState state, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Changes.Enqueue("complete");
        return store.CompleteAsync(eventKey, state, at, cancellationToken);
    }
}
