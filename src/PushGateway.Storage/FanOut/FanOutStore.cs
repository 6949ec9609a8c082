using System.Globalization;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Events;
using PushGateway.Storage.Live;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.FanOut;

internal sealed class FanOutStore : IFanOutStore
{
    // State < 3 is the condition of the index, to the letter: SQLite does not use a partial index for less.
    internal const string Unfinished =
        "SELECT EventKey, CASE WHEN State = 0 AND Control = 0 THEN StartsAtMs ELSE 0 END FROM (" +
        "SELECT EventKey, AppKey, State, Control, StartsAtMs FROM Events WHERE State < 3 AND State = 0 AND EventKey > ?1 AND StartsAtMs <= ?2 " +
        "UNION ALL SELECT EventKey, AppKey, State, Control, StartsAtMs FROM Events WHERE State < 3 AND State = 1 AND EventKey > ?1 AND StartsAtMs <= ?2 " +
        "UNION ALL SELECT EventKey, AppKey, State, Control, StartsAtMs FROM Events WHERE State < 3 AND State = 2 AND EventKey > ?1 AND StartsAtMs <= ?2 AND Control = 2 " +
        "ORDER BY EventKey) e WHERE EXISTS (SELECT 1 FROM Apps a WHERE a.AppKey = e.AppKey AND a.DeletedAtMs IS NULL) LIMIT ?3";

    private const string MarkStarted =
        "UPDATE Events SET State = 1, StartedAtMs = coalesce(StartedAtMs, ?2) WHERE EventKey = ?1 AND (State = 0 OR (State = 1 AND StartedAtMs IS NULL))";

    // Those that were tried wait for a span of time; one that was never tried may wait for an instant.
    private const string BringForward =
        "UPDATE Deferred SET DueAtMs = DueAtMs - ?2 WHERE Shard = ?1 AND DueAtMs > ?3 AND (Attempts > 0 OR Reason IS NOT NULL)";

    private readonly StoreWriter _writer;
    private readonly ReadPool _reads;
    private readonly FeedbackApplying _feedback;
    private readonly WebhookOutbox _outbox;
    private readonly LiveAppending _live;

    public FanOutStore(StoreWriter writer, ReadPool reads, FeedbackApplying feedback, WebhookOutbox outbox, LiveAppending live, StoreBell bell)
    {
        (_writer, _reads, _feedback, _outbox, _live) = (writer, reads, feedback, outbox, live);
        bell.Rung += OnRung;
        bell.Missed += () => Missed?.Invoke();
    }

    public event Action<long, int?>? Published;

    public event Action<long>? Wished;

    public event Action<int, ProviderKind>? ProviderResumed;

    public event Action? Missed;

    public Task TellProviderResumedAsync(int appKey, ProviderKind provider, CancellationToken cancellationToken) =>
        _writer.RunAsync(session => session.Ring(StoreTopic.Provider, appKey, provider.Name()), cancellationToken);

    public async Task<IReadOnlyList<(long EventKey, DateTimeOffset StartsAt)>> ListUnfinishedAsync(
        DateTimeOffset startsBefore, long afterKey, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await _reads.ReadAsync(
            session =>
            {
                var events = new List<(long, DateTimeOffset)>();
                var row = session.Statement(Unfinished).Bind(1, afterKey).Bind(2, startsBefore.ToUnixTimeMilliseconds()).Bind(3, limit);
                while (row.Step())
                {
                    events.Add((row.Int64(0), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(1))));
                }

                return events;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<FanOutWork?> FindWorkAsync(long eventKey, CancellationToken cancellationToken) =>
        await _reads.ReadAsync(session => FindWork(session, eventKey), cancellationToken).ConfigureAwait(false);

    /// <remarks>An event that was dispatching from its first moment, or was paused before its start, gets its start time here as well.</remarks>
    public Task MarkStartedAsync(long eventKey, DateTimeOffset at, CancellationToken cancellationToken) => _writer.RunAsync(
        session =>
        {
            session.Statement(MarkStarted).Bind(1, eventKey).Bind(2, at.ToUnixTimeMilliseconds()).Execute();
            _live.OnBegun(session, eventKey);
        },
        cancellationToken);

    public Task MarkBegunAsync(PageBegun page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        return _writer.RunAsync(session => PageCommitting.NoteBegun(session, page), cancellationToken);
    }

    public Task<bool> CommitPageAsync(PageCommit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commit);
        return _writer.RunAsync(session => PageCommitting.Commit(session, commit, _feedback, _outbox, _live), cancellationToken, commit.MayWait);
    }

    public async ValueTask ReadDeferredPageAsync(
        AudienceQuery query, long eventKey, int shard, ProviderSet providers, DateTimeOffset dueAt, AudiencePage page,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(page);
        page.Clear();
        page.IsLast = await _reads.ReadAsync(
            session => DeferredReader.Read(session, query, eventKey, shard, providers, DueMs(dueAt), page) &&
                (page.Count > 0 || Waiting.Read(session, query, eventKey, shard, providers, DueMs(dueAt), page)),
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<DateTimeOffset?> FindDeferredDueAsync(
        long eventKey, int shard, ProviderKind provider, CancellationToken cancellationToken) => _reads.ReadAsync(
        session => FanOutReader.Earlier(
            session.Statement(DeferredReader.FirstDue).Bind(1, eventKey).Bind(2, shard).Bind(3, (int)provider).ScalarInt64(),
            session.Statement(DeferredReader.FirstWait).Bind(1, eventKey).Bind(2, shard).Bind(3, (int)provider).ScalarInt64()),
        cancellationToken);

    public ValueTask<IReadOnlyDictionary<long, IReadOnlyList<long>>> ReadChargesAsync(
        int appKey, int shard, int day, IReadOnlyList<long> subscriberKeys, CancellationToken cancellationToken) => _reads.ReadAsync(
        session => (IReadOnlyDictionary<long, IReadOnlyList<long>>)DailyCharging.Read(session, appKey, shard, day, subscriberKeys),
        cancellationToken);

    public ValueTask<IReadOnlySet<AudienceCursor>> ReadConfirmedAsync(long eventKey, int shard, long first, long last, CancellationToken cancellationToken) =>
        _reads.ReadAsync(session => (IReadOnlySet<AudienceCursor>)LiveConfirming.Read(session, eventKey, shard, first, last), cancellationToken);

    public async Task BringDeferredForwardAsync(TimeSpan step, DateTimeOffset now, ShardLeases held, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(step, TimeSpan.Zero);
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            if (!held.Holds(shard))
            {
                continue;
            }

            var current = shard;
            await _writer.RunAsync(
                session =>
                {
                    var (stepMs, nowMs) = ((long)step.TotalMilliseconds, now.ToUnixTimeMilliseconds());
                    session.Statement(BringForward).Bind(1, current).Bind(2, stepMs).Bind(3, nowMs).Execute();
                    Waiting.BringForward(session, current, stepMs, nowMs);
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<EventRecord> CompleteAsync(long eventKey, EventState state, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (!state.IsFinal())
        {
            throw new ArgumentOutOfRangeException(nameof(state), state, "Not a final state.");
        }

        while (await _reads.ReadAsync(session => WaitingFeedback.IsThere(session, eventKey), cancellationToken).ConfigureAwait(false))
        {
            await _writer.RunAsync(session => _feedback.ApplySomeOfEvent(session, eventKey), cancellationToken, mayWait: true).ConfigureAwait(false);
        }

        // Read aside, because it may take long and others wait for the writer. No page can follow: the writer makes sure that
        // every shard has been read and nothing is pending, and then these are all the pages there are.
        var times = await _reads.ReadAsync(session => EventCompletion.ReadTimes(session, eventKey), cancellationToken).ConfigureAwait(false);
        return await _writer.RunAsync(
            session =>
            {
                var record = EventCompletion.Complete(session, eventKey, state, at, times, _outbox);
                if (state == EventState.Completed)
                {
                    _live.OnBegun(session, eventKey);
                }
                else
                {
                    LiveAppending.OnNeverBegun(session, eventKey);
                }

                return record;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private void OnRung(StoreNotice notice)
    {
        switch (notice.Topic)
        {
            case StoreTopic.Event:
                Published?.Invoke(notice.Key, int.TryParse(notice.Detail, CultureInfo.InvariantCulture, out var shard) ? shard : null);
                break;
            case StoreTopic.Wish:
                Wished?.Invoke(notice.Key);
                break;
            case StoreTopic.Provider when ProviderKinds.All.Any(provider => provider.Name() == notice.Detail):
                ProviderResumed?.Invoke((int)notice.Key, ProviderKinds.All.First(provider => provider.Name() == notice.Detail));
                break;
            default:
                break;
        }
    }

    private static long DueMs(DateTimeOffset dueAt) => dueAt.ToUnixTimeMilliseconds();

    private static FanOutWork? FindWork(StoreSession session, long eventKey)
    {
        if (EventReader.Find(session, eventKey) is not { } row)
        {
            return null;
        }

        var shards = FanOutReader.ReadShards(session, row);
        return new FanOutWork(EventRows.ToRecord(row, FanOutReader.Sum(shards)), new FanOutPlan(shards));
    }
}
