using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Events;

/// <summary>Makes a repeated publish harmless.</summary>
/// <param name="Key">The publisher's, 1 to 128 characters of <see cref="Identifier.Rule"/>; or derived from a CloudEvent's source and id.</param>
/// <param name="RequestHash">SHA-256 of the canonical request: another request under the same key is refused.</param>
public sealed record IdempotencyKey(string Key, ReadOnlyMemory<byte> RequestHash)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(7);
}

public enum PublishStatus
{
    /// <summary>The event is new and durable.</summary>
    Published,

    /// <summary>The same request under the same key was published before; nothing changed.</summary>
    Replayed,

    /// <summary>The key belongs to another request; nothing changed.</summary>
    KeyReused,
}

/// <summary>What became of a publish.</summary>
/// <param name="Event">The event as first published; <see langword="null"/> only for <see cref="PublishStatus.KeyReused"/>.
/// For a replay it is as it was then: no counts, its first state, its first estimate.</param>
/// <param name="Plan">What there is to do; only for a new event.</param>
public sealed record PublishReceipt(PublishStatus Status, EventRecord? Event, FanOutPlan? Plan = null);

/// <summary>One event of a batch.</summary>
/// <param name="IdempotencyKey">Its own; <see langword="null"/> for none.</param>
/// <param name="Query">The event's audience as it will be read, which allows the store to read a small one at once; see <see cref="FanOutPlan.First"/>.</param>
public sealed record EventToPublish(PushEvent Event, IdempotencyKey? IdempotencyKey, AudienceQuery? Query = null);

/// <summary>Persistence of events.</summary>
public interface IEventStore
{
    /// <summary>
    /// Commits the event and its fan-out in one durable transaction, or finds the one that holds its idempotency key. A unique
    /// index on (app, key) decides between racing publishers. Returns once durable.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<PublishReceipt> PublishAsync(int appKey, PushEvent pushEvent, IdempotencyKey? idempotencyKey, CancellationToken cancellationToken);

    /// <summary>
    /// The same for several events in one durable transaction, one after the other: of two with the same key the second finds the first.
    /// </summary>
    /// <returns>In the same order.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written, of none of them.</exception>
    Task<IReadOnlyList<PublishReceipt>> PublishBatchAsync(
        int appKey, IReadOnlyList<EventToPublish> batch, CancellationToken cancellationToken);

    /// <summary>The event as recorded; the account has what is committed, not what is under way.</summary>
    Task<EventRecord?> FindAsync(int appKey, string eventId, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only events with a key below this one; <see langword="null"/> from the newest on.</param>
    Task<IReadOnlyList<EventRecord>> ListAsync(int appKey, long? before, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Records the wish durably. Pausing a dispatching or scheduled event makes it <see cref="EventState.Paused"/>, running a paused
    /// one makes it dispatching (or scheduled, when its time has not come). Cancelling leaves the state to the fan-out.
    /// </summary>
    /// <returns>The event after the change and whether its state allowed it; <see langword="null"/> when there is no such event.</returns>
    Task<(EventRecord Event, bool Allowed)?> ControlAsync(int appKey, string eventId, EventControl control, CancellationToken cancellationToken);

    /// <summary>Lets go of a final event before its time: it can no longer be found, and what there is of it is removed within the hour.</summary>
    /// <returns><see langword="false"/> when there is no such event, or it is not final; nothing is changed then.</returns>
    Task<bool> ForgetAsync(long eventKey, CancellationToken cancellationToken);

    /// <summary>How many subscribers or devices the audience names now, without its filter; quick, from maintained counts.</summary>
    Task<long> EstimateAudienceAsync(int appKey, Audience audience, CancellationToken cancellationToken);

    /// <summary>How many notifications had been accepted by when, as far as is recorded; to the nearest page of the fan-out.</summary>
    /// <param name="maxPoints">2 or more; a longer course is thinned out, and keeps its ends.</param>
    /// <returns>Oldest first. Empty for an event that is recorded as a whole: its <see cref="EventTimings"/> say all there is.</returns>
    Task<IReadOnlyList<CoursePoint>> ReadCourseAsync(EventRecord record, int maxPoints, CancellationToken cancellationToken);

    /// <summary>Final receipts of an event in no promised order but a stable one, for paging.</summary>
    /// <param name="cursor">As returned by the page before; <see langword="null"/> for the first.</param>
    Task<ReceiptPage> ListReceiptsAsync(EventRecord record, ReceiptOutcome? outcome, int limit, string? cursor, CancellationToken cancellationToken);

    /// <returns>The device's receipt, also when the device has been removed since; <see langword="null"/> when the event was not for it, or has not reached it.</returns>
    Task<Receipt?> FindReceiptAsync(EventRecord record, string deviceId, CancellationToken cancellationToken);

    /// <summary>What was sent to a device, or to a subscriber's devices, and what came of it, newest event first, for as long as events are kept. Each page is a bounded amount of work.</summary>
    /// <param name="limit">Items at most, at least 1.</param>
    /// <param name="cursor">As returned by the page before; <see langword="null"/> for the newest.</param>
    /// <returns><see langword="null"/> when there is no such device, and none was removed that a kept event could name; a subscriber without devices has no items.</returns>
    /// <exception cref="ArgumentException">The cursor was not returned by a page.</exception>
    Task<ReceiptHistoryPage?> ReadHistoryAsync(int appKey, HistoryOwner owner, int limit, string? cursor, CancellationToken cancellationToken);
}

/// <summary>What came of an event for one device.</summary>
/// <param name="Reason">The provider's word or one of <see cref="GatewayReasons"/>; <see langword="null"/> when accepted.</param>
/// <param name="At">When its page was recorded.</param>
public sealed record Receipt(string DeviceId, ProviderKind Provider, ReceiptOutcome Outcome, string? Reason, DateTimeOffset At);

/// <param name="NextCursor"><see langword="null"/> on the last page.</param>
public sealed record ReceiptPage(IReadOnlyList<Receipt> Items, string? NextCursor);

/// <summary>How far an event had come at one instant.</summary>
/// <param name="Accepted">Accepted until then.</param>
public readonly record struct CoursePoint(DateTimeOffset At, long Accepted);
