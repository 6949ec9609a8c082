using System.Globalization;
using Microsoft.Extensions.Options;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.Removals;

internal sealed class RemovalStore(
    StoreWriter writer, ReadPool reads, RemovalHolds holds, FeedbackApplying feedback, AppCatalog apps, WebhookOutbox outbox, IOptions<StorageOptions> options, TimeProvider timeProvider) : IRemovalStore
{
    // Each step is one change, and others wait for it. No more than fits into one notice.
    private const int StepSize = 200;

    public event Action<int, ProviderKind, bool>? Released
    {
        add => holds.Released += value;
        remove => holds.Released -= value;
    }

    public TimeSpan Retention => options.Value.RemovalRetention;

    public async Task<RemovalPage> ListAsync(int appKey, RemovalFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var before = RemovalReader.ParseCursor(cursor);
        var (items, next) = await reads.ReadAsync(
            session => RemovalReader.List(session, appKey, filter, before, limit), cancellationToken).ConfigureAwait(false);
        return new RemovalPage([.. items.Select(item => item.ToRemoval())], next?.ToString(CultureInfo.InvariantCulture));
    }

    public Task<RemovalUndo> UndoAsync(int appKey, long id, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            if (RemovalReader.Find(session, appKey, id) is not { } removal)
            {
                return new RemovalUndo(RemovalChange.Unknown, null);
            }

            var changing = new RemovalChanging(session, appKey);
            var change = changing.Undo(removal);
            changing.Finish();
            return new RemovalUndo(change, RemovalReader.Find(session, appKey, id)?.ToRemoval());
        },
        cancellationToken);

    public async Task<RemovalSummary> UndoManyAsync(int appKey, RemovalFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);

        // What has been put down is undone with the rest, not done afterwards.
        while (await writer.RunAsync(session => feedback.ApplySomeOfApp(session, appKey), cancellationToken).ConfigureAwait(false))
        {
        }

        return await InStepsAsync(
            appKey, filter, long.MaxValue, removal => removal.State is not (RemovalState.Undone or RemovalState.Overtaken),
            (changing, removal) => changing.Undo(removal), cancellationToken).ConfigureAwait(false);
    }

    public RemovalHold? FindHold(int appKey, ProviderKind provider) => holds.Find(appKey, provider);

    public IReadOnlyList<RemovalHold> ListHeld() => holds.ListHeld();

    public async Task<long> CountHeldAsync(int appKey, ProviderKind provider, CancellationToken cancellationToken) => await reads.ReadAsync(
        session => session.Statement(RemovalReader.CountHeld).Bind(1, appKey).Bind(2, (int)provider).ScalarInt64() ?? 0, cancellationToken)
        .ConfigureAwait(false);

    public async Task<RemovalSummary> ReleaseAsync(
        int appKey, ProviderKind provider, bool apply, TimeSpan allowFor, CancellationToken cancellationToken)
    {
        DateTimeOffset? allowedUntil = apply && allowFor > TimeSpan.Zero ? timeProvider.GetUtcNow() + allowFor : null;
        long? before;
        do
        {
            before = await writer.RunAsync<long?>(
                session =>
                {
                    // What has been put down was said under the hold, and belongs to what is decided about now.
                    if (feedback.ApplySomeOfApp(session, appKey))
                    {
                        return null;
                    }

                    holds.End(session, appKey, provider, allowedUntil);
                    session.OnCommitted(() => holds.TellReleased(appKey, provider, apply));

                    // What is held from now on belongs to another hold.
                    return session.NextKey(KeySequence.Removal);
                },
                cancellationToken).ConfigureAwait(false);
        }
        while (before is null);
        var filter = new RemovalFilter { State = RemovalState.Held, Provider = provider };
        return await InStepsAsync(
            appKey, filter, before.Value, static removal => removal.State == RemovalState.Held,
            (changing, removal) => changing.Decide(removal, apply, apps.CredentialVersion(appKey, provider)), cancellationToken).ConfigureAwait(false);
    }

    private async Task<RemovalSummary> InStepsAsync(
        int appKey, RemovalFilter filter, long before, Func<StoredRemoval, bool> concerns, Func<RemovalChanging, StoredRemoval, RemovalChange> change,
        CancellationToken cancellationToken)
    {
        var (done, skipped) = (0L, new Dictionary<RemovalChange, long>());
        long? next = before;
        while (next is { } from)
        {
            // Looked for aside, where nobody waits; each is read again by whoever changes it.
            var (found, further) = await reads.ReadAsync(
                session => RemovalReader.List(session, appKey, filter, from, StepSize), cancellationToken).ConfigureAwait(false);
            var keys = found.Where(concerns).Select(removal => removal.Key).ToArray();
            var changes = keys.Length == 0 ? [] : await writer.RunAsync(session => Change(session, appKey, keys, concerns, change), cancellationToken)
                .ConfigureAwait(false);
            foreach (var made in changes)
            {
                if (made == RemovalChange.Done)
                {
                    done++;
                }
                else
                {
                    skipped[made] = skipped.GetValueOrDefault(made) + 1;
                }
            }

            next = further;
        }

        return new RemovalSummary(done, skipped);
    }

    private List<RemovalChange> Change(
        WriteSession session, int appKey, long[] keys, Func<StoredRemoval, bool> concerns, Func<RemovalChanging, StoredRemoval, RemovalChange> change)
    {
        var changing = new RemovalChanging(session, appKey);
        var changes = new List<RemovalChange>(keys.Length);
        foreach (var key in keys)
        {
            if (RemovalReader.Find(session, appKey, key) is { } removal && concerns(removal))
            {
                changes.Add(change(changing, removal));
            }
        }

        changing.Finish();
        if (changing.Removed.Count > 0 && outbox.Wants(appKey, WebhookNotices.DevicesRemoved))
        {
            outbox.AddFor(
                session, appKey, WebhookNotices.DevicesRemoved, NoticeJson.DevicesRemoved(eventId: null, timeProvider.GetUtcNow(), changing.Removed));
        }

        return changes;
    }
}
