using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Live;
using PushGateway.Storage.Nodes;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.FanOut;

/// <summary>Writes everything one finished page changes, within one operation: all or nothing.</summary>
internal static class PageCommitting
{
    /// <summary>A shard that was read to its end after the TTL; one that was read otherwise has 1.</summary>
    public const int ReadUnsent = 2;

    private const string AddPage =
        "INSERT INTO OutcomePages (Shard, EventKey, PageNumber, RecordedAtMs, FirstAcceptedAtMs, Accepted, Receipts) VALUES (?1, ?2, " +
        "coalesce((SELECT max(PageNumber) FROM OutcomePages WHERE Shard = ?1 AND EventKey = ?2), 0) + 1, ?3, ?4, ?5, ?6)";

    private const string AddCounts =
        "UPDATE FanOutShards SET Accepted = Accepted + ?4, Unregistered = Unregistered + ?5, Rejected = Rejected + ?6, Expired = Expired + ?7, " +
        "Cancelled = Cancelled + ?8, Pending = Pending + ?9, Attempts = Attempts + ?10, Suppressed = Suppressed + ?11, Live = Live + ?12 WHERE Shard = ?1 AND EventKey = ?2 AND Provider = ?3";

    private const string ReadReasons = "SELECT Reasons FROM FanOutShards WHERE Shard = ?1 AND EventKey = ?2 AND Provider = ?3";

    private const string WriteReasons = "UPDATE FanOutShards SET Reasons = ?4 WHERE Shard = ?1 AND EventKey = ?2 AND Provider = ?3";

    private const string Advance =
        "UPDATE FanOutShards SET CursorSubscriberKey = ?4, CursorDeviceKey = ?5, IsRead = CASE WHEN ?6 > IsRead THEN ?6 ELSE IsRead END " +
        "WHERE Shard = ?1 AND EventKey = ?2 AND Provider = ?3";

    private const string Defer =
        "INSERT INTO Deferred (Shard, EventKey, DeviceKey, SubscriberKey, Provider, Attempts, DueAtMs, Reason, StartsAtMs) " +
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (Shard, EventKey, DeviceKey) DO UPDATE SET SubscriberKey = excluded.SubscriberKey, " +
        "Provider = excluded.Provider, Attempts = excluded.Attempts, DueAtMs = excluded.DueAtMs, Reason = excluded.Reason, " +
        "StartsAtMs = excluded.StartsAtMs, IsBegun = 0";

    private const string MarkBegun =
        "UPDATE FanOutShards SET BegunSubscriberKey = ?4, BegunDeviceKey = ?5 WHERE Shard = ?1 AND EventKey = ?2 AND Provider = ?3";

    private const string MarkDeferredBegun = "UPDATE Deferred SET IsBegun = 1 WHERE Shard = ?1 AND EventKey = ?2 AND DeviceKey = ?3";

    private const string Settle = "DELETE FROM Deferred WHERE Shard = ?1 AND EventKey = ?2 AND DeviceKey = ?3";

    private const string FirstAccepted =
        "UPDATE Events SET FirstAcceptedAtMs = ?2 WHERE EventKey = ?1 AND (FirstAcceptedAtMs IS NULL OR FirstAcceptedAtMs > ?2)";

    private const string FindApp = "SELECT 1 FROM Apps WHERE AppKey = ?1 AND DeletedAtMs IS NULL";

    /// <exception cref="ShardLostException">The shard is another gateway's.</exception>
    /// <exception cref="InvalidOperationException">The fan-out has no such shard and provider, though the app is there.</exception>
    /// <returns>Whether the event is final with it; <see langword="false"/> also when there is nothing left to record it in, because the app was deleted.</returns>
    public static bool Commit(WriteSession session, PageCommit commit, FeedbackApplying feedback, WebhookOutbox outbox, LiveAppending live)
    {
        ShardFence.Pass(session, commit.Shard, commit.Epoch);
        var isFinal = SolePage.TryEnd(session, commit);
        if (isFinal)
        {
            EventCompletion.Tell(session, commit.AppKey, commit.EventKey, outbox);
            if (commit.Ending is { WasScheduled: true })
            {
                live.OnBegun(session, commit.EventKey);
            }
        }
        else if (!TryRecord(session, commit))
        {
            return false;
        }

        if (commit.Charges is { } charges)
        {
            DailyCharging.Add(session, commit.AppKey, commit.Shard, commit.EventKey, charges);
        }

        feedback.Take(session, commit, isFinal);
        return isFinal;
    }

    /// <summary>Notes a page that is about to be sent. The commit of the page moves the cursor past it, or settles or replaces its deferred devices.</summary>
    public static void NoteBegun(WriteSession session, PageBegun page)
    {
        ShardFence.Pass(session, page.Shard, page.Epoch);
        foreach (var provider in ProviderKinds.All)
        {
            if (page.Providers.Contains(provider))
            {
                session.Statement(MarkBegun)
                    .Bind(1, page.Shard).Bind(2, page.EventKey).Bind(3, (int)provider)
                    .Bind(4, page.End.SubscriberKey).Bind(5, page.End.DeviceKey)
                    .Execute();
            }
        }

        foreach (var deviceKey in page.Deferred)
        {
            session.Statement(MarkDeferredBegun).Bind(1, page.Shard).Bind(2, page.EventKey).Bind(3, deviceKey).Execute();
        }

        Waiting.NoteBegun(session, page);
    }

    /// <returns><see langword="false"/> when the app was deleted while the page was under way, and the rows it goes into are gone.</returns>
    private static bool TryRecord(WriteSession session, PageCommit commit)
    {
        foreach (var account in commit.Accounts)
        {
            if (!TryAddAccount(session, commit, account))
            {
                return false;
            }
        }

        foreach (var provider in ProviderKinds.All)
        {
            if (commit.Advances.Contains(provider) &&
                !IsThere(session, At(session, Advance, commit, provider)
                    .Bind(4, commit.End.SubscriberKey).Bind(5, commit.End.DeviceKey).Bind(6, !commit.IsLast ? 0 : commit.ExpiredUnread ? ReadUnsent : 1)
                    .Execute(), commit, provider))
            {
                return false;
            }
        }

        AddReceipts(session, commit);
        foreach (var deviceKey in commit.Settled)
        {
            session.Statement(Settle).Bind(1, commit.Shard).Bind(2, commit.EventKey).Bind(3, deviceKey).Execute();
        }

        foreach (var device in commit.Deferred)
        {
            session.Statement(Defer)
                .Bind(1, commit.Shard).Bind(2, commit.EventKey).Bind(3, device.DeviceKey).Bind(4, device.SubscriberKey)
                .Bind(5, (int)device.Provider).Bind(6, device.Attempts).Bind(7, device.DueAt.ToUnixTimeMilliseconds()).Bind(8, device.Reason)
                .Bind(9, device.StartsAt?.ToUnixTimeMilliseconds())
                .Execute();
        }

        Waiting.Commit(session, commit);
        return true;
    }

    private static bool TryAddAccount(WriteSession session, PageCommit commit, PageAccount account)
    {
        var counts = account.Counts;
        if (!IsThere(session, At(session, AddCounts, commit, account.Provider)
            .Bind(4, counts.Accepted).Bind(5, counts.Unregistered).Bind(6, counts.Rejected).Bind(7, counts.Expired)
            .Bind(8, counts.Cancelled).Bind(9, counts.Pending).Bind(10, account.Attempts)
            .Bind(11, counts.Suppressed).Bind(12, counts.Live)
            .Execute(), commit, account.Provider))
        {
            return false;
        }

        if (account.Reasons.Count == 0)
        {
            return true;
        }

        var row = At(session, ReadReasons, commit, account.Provider);
        var known = row.Step() ? ReasonsJson.Read(row.Bytes(0)) : ReasonsJson.Empty;
        row.Reset();
        At(session, WriteReasons, commit, account.Provider).BindText(4, ReasonsJson.Write(ReasonsJson.Add(known, account.Reasons))).Execute();
        return true;
    }

    private static void AddReceipts(WriteSession session, PageCommit commit)
    {
        var firstAcceptedMs = commit.FirstAcceptedAt?.ToUnixTimeMilliseconds();
        if (!commit.Receipts.IsEmpty)
        {
            session.Statement(AddPage)
                .Bind(1, commit.Shard).Bind(2, commit.EventKey).Bind(3, commit.RecordedAt.ToUnixTimeMilliseconds())
                .Bind(4, firstAcceptedMs).Bind(5, commit.Accounts.Sum(account => account.Counts.Accepted)).BindBlob(6, commit.Receipts.Span)
                .Execute();
        }

        if (firstAcceptedMs is { } acceptedMs)
        {
            session.Statement(FirstAccepted).Bind(1, commit.EventKey).Bind(2, acceptedMs).Execute();
        }
    }

    private static StoreStatement At(WriteSession session, string sql, PageCommit commit, ProviderKind provider) =>
        session.Statement(sql).Bind(1, commit.Shard).Bind(2, commit.EventKey).Bind(3, (int)provider);

    /// <summary>Whether there was a row to change. What went into others of a deleted app's before goes with them.</summary>
    private static bool IsThere(WriteSession session, int changed, PageCommit commit, ProviderKind provider)
    {
        if (changed > 0)
        {
            return true;
        }

        if (session.Statement(FindApp).Bind(1, commit.AppKey).ScalarInt64() is not null)
        {
            throw new InvalidOperationException(
                $"Event {commit.EventKey} has no fan-out for provider {provider.Name()} in shard {commit.Shard}.");
        }

        return false;
    }
}
