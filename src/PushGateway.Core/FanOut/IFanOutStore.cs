using PushGateway.Core.Events;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>Persistence of fan-outs: what has been read, recorded, deferred. Changes return once durable.</summary>
public interface IFanOutStore
{
    /// <summary>
    /// Another gateway has published an event; with its key, and its shard when its whole audience is in one. Raised one after another, as the other events here; handlers
    /// must be quick. None of them tells of what this gateway does itself.
    /// </summary>
    event Action<long, int?>? Published;

    /// <summary>Another gateway has recorded a wish about an event (<see cref="EventRecord.Control"/>); with its key.</summary>
    event Action<long>? Wished;

    /// <summary>Another gateway wants a provider of an app to be tried again; with the app's key.</summary>
    event Action<int, ProviderKind>? ProviderResumed;

    /// <summary>Something of that may have gone unheard.</summary>
    event Action? Missed;

    /// <summary>Has the other gateways of the store raise <see cref="ProviderResumed"/>.</summary>
    Task TellProviderResumedAsync(int appKey, ProviderKind provider, CancellationToken cancellationToken);

    /// <summary>Events that are scheduled or dispatching, or paused with a cancel requested, oldest first.</summary>
    /// <param name="startsBefore">Only events whose sending may begin at this instant or before.</param>
    /// <param name="afterKey">Only events with a greater <see cref="EventRecord.Key"/>; 0 for the oldest.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    /// <returns>Each with the instant that it is scheduled for; long ago when it has begun, or may at once.</returns>
    Task<IReadOnlyList<(long EventKey, DateTimeOffset StartsAt)>> ListUnfinishedAsync(
        DateTimeOffset startsBefore, long afterKey, int limit, CancellationToken cancellationToken);

    /// <returns>The event with where its shards stand; <see langword="null"/> when it is unknown.</returns>
    Task<FanOutWork?> FindWorkAsync(long eventKey, CancellationToken cancellationToken);

    /// <summary>Scheduled becomes dispatching. Changes nothing for an event in another state.</summary>
    Task MarkStartedAsync(long eventKey, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Notes a page that is about to be sent; <see cref="CommitPageAsync"/> takes the note back.</summary>
    /// <exception cref="ShardLostException">The shard is another gateway's: nothing is to be sent.</exception>
    Task MarkBegunAsync(PageBegun page, CancellationToken cancellationToken);

    /// <summary>Records a finished page: counts, receipts, cursor, deferred devices and token feedback, all or nothing. Many share a commit.</summary>
    /// <returns>
    /// Whether the event is final with it, as <see cref="PageCommit.Ending"/> asks for. The store may decline, and then does so without
    /// a reason: whoever runs the event completes it with <see cref="CompleteAsync"/>. Of an event that went with its deleted app nothing is recorded, and it is not final.
    /// </returns>
    /// <exception cref="ShardLostException">The shard was given to another gateway since the page was read: nothing of it is recorded, and the other one sends it again.</exception>
    Task<bool> CommitPageAsync(PageCommit commit, CancellationToken cancellationToken);

    /// <summary>
    /// Fills the page with devices of one shard that are due: deferred ones in order of device key, or, when there is none, waiting ones in
    /// the order of their time. All of a page share <see cref="AudiencePage.StartsAt"/>. A device that was removed since has an empty
    /// token. <see cref="AudiencePage.IsLast"/> tells that no further one of the kind is due.
    /// </summary>
    /// <param name="query">Gives the app, the locale variants and the credential versions; audience and filter do not narrow.</param>
    /// <param name="dueAt">Devices due at this instant or before.</param>
    ValueTask ReadDeferredPageAsync(
        AudienceQuery query, long eventKey, int shard, ProviderSet providers, DateTimeOffset dueAt, AudiencePage page,
        CancellationToken cancellationToken);

    /// <summary>When the first deferred or waiting device of this shard and provider is due; <see langword="null"/> when none waits.</summary>
    ValueTask<DateTimeOffset?> FindDeferredDueAsync(long eventKey, int shard, ProviderKind provider, CancellationToken cancellationToken);

    /// <summary>Which events each of the subscribers was charged for on a day; subscribers without any are absent.</summary>
    /// <param name="day">As in <see cref="DailyCharges"/>.</param>
    /// <param name="subscriberKeys">Ascending, of this shard.</param>
    ValueTask<IReadOnlyDictionary<long, IReadOnlyList<long>>> ReadChargesAsync(
        int appKey, int shard, int day, IReadOnlyList<long> subscriberKeys, CancellationToken cancellationToken);

    /// <summary>Who has confirmed the live message of an event, in one shard.</summary>
    /// <param name="first">The first subscriber asked for.</param>
    /// <param name="last">The last one.</param>
    /// <returns>Devices; device key 0 stands for all devices of the subscriber.</returns>
    ValueTask<IReadOnlySet<AudienceCursor>> ReadConfirmedAsync(long eventKey, int shard, long first, long last, CancellationToken cancellationToken);

    /// <summary>
    /// Has deferred devices that have been tried, and are due later than <paramref name="now"/>, wait so much less: the clock they were deferred by was set back.
    /// In steps, so that others get at the store in between; cut short, the rest waits as it did.
    /// </summary>
    /// <param name="step">How far the clock was set back, more than zero.</param>
    /// <param name="now">By the new clock.</param>
    /// <param name="held">Only of these shards: the clocks of other gateways are their own.</param>
    Task BringDeferredForwardAsync(TimeSpan step, DateTimeOffset now, ShardLeases held, CancellationToken cancellationToken);

    /// <summary>Applies what waits of its feedback, makes the event final and computes when 50, 90 and 99 % had been accepted from its page rows.</summary>
    /// <param name="state">A final state.</param>
    /// <exception cref="InvalidOperationException">A shard is unread or a device pending: completing now would lose it.</exception>
    Task<EventRecord> CompleteAsync(long eventKey, EventState state, DateTimeOffset at, CancellationToken cancellationToken);
}
