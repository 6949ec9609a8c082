using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.FanOut;

/// <summary>
/// An event whose audience is in one shard: its row holds where that shard stands, and, when its first page is its last, all that came of it.
/// </summary>
/// <remarks>
/// Rows of shards and pages lead with the shard, so that large audiences are walked in order. A hundred events for one device each would
/// change a hundred places for it; their own rows are neighbours. With the first page that does not end the event it gets ordinary rows.
/// </remarks>
internal static class SolePage
{
    /// <summary>Receipts that are longer get a row of their own: reading an event reads these too.</summary>
    public const int MaxReceiptBytes = 512;

    private const string EndEvent =
        "UPDATE Events SET State = ?2, StartedAtMs = coalesce(StartedAtMs, ?3), FirstAcceptedAtMs = ?4, Accepted50AtMs = ?5, Accepted90AtMs = ?5, " +
        "Accepted99AtMs = ?5, CompletedAtMs = ?6, SoleAttempts = ?7, SoleReceipts = ?8 " +
        "WHERE EventKey = ?1 AND SoleShard = ?9 AND (SoleProviders & ~?10) = 0 AND State IN (0, 1) AND Control = 0";

    private const string FindPlan = "SELECT SoleShard, SoleProviders, SoleReceipts IS NOT NULL FROM Events WHERE EventKey = ?1 AND SoleShard IS NOT NULL";

    private const string ForgetPlan = "UPDATE Events SET SoleShard = NULL, SoleProviders = NULL WHERE EventKey = ?1";

    private const string FindReceipts =
        "SELECT SoleShard, CompletedAtMs, SoleReceipts FROM Events WHERE EventKey = ?1 AND SoleReceipts IS NOT NULL";

    /// <summary>Records the page in the event's row and makes the event final, if that is all there is to it.</summary>
    /// <returns>Whether the event is final. If not, nothing of the page is recorded, but the event has the rows that it goes into.</returns>
    public static bool TryEnd(WriteSession session, PageCommit commit)
    {
        if (commit.Ending is { } ending && IsWhole(commit) && End(session, commit, ending))
        {
            return true;
        }

        var row = session.Statement(FindPlan).Bind(1, commit.EventKey);
        if (!row.Step())
        {
            row.Reset();
            return false;
        }

        var (shard, providers, isFinal) = (row.Int32(0), (ProviderSet)row.Int32(1), row.Int64(2) != 0);
        row.Reset();
        if (isFinal)
        {
            // The same page again: the commit before was not known to have succeeded, and did.
            return true;
        }

        session.Statement(ForgetPlan).Bind(1, commit.EventKey).Execute();
        foreach (var provider in ProviderKinds.All)
        {
            if (providers.Contains(provider))
            {
                session.Statement(FanOutRows.Add).Bind(1, shard).Bind(2, commit.EventKey).Bind(3, (int)provider).Execute();
            }
        }

        return false;
    }

    /// <summary>Where the shard stands, for each of its providers.</summary>
    public static List<FanOutShard> ReadShards(EventRow row, int shard)
    {
        var shards = new List<FanOutShard>(ProviderKinds.All.Count);
        foreach (var provider in ProviderKinds.All)
        {
            if (row.SoleProviders is { } providers && providers.Contains(provider))
            {
                var (counts, reasons) = Sum(row.SoleReceipts, provider);
                shards.Add(new FanOutShard
                {
                    Shard = shard,
                    Provider = provider,
                    IsRead = row.SoleReceipts is not null,
                    Counts = counts,
                    Reasons = reasons,
                    // Known for both together.
                    Attempts = shards.Count == 0 ? row.SoleAttempts ?? 0 : 0,
                });
            }
        }

        return shards;
    }

    /// <returns><see langword="null"/> when the event's receipts are in rows of pages, or there are none.</returns>
    public static (int Shard, DateTimeOffset RecordedAt, byte[] Receipts)? ReadReceipts(StoreSession session, long eventKey)
    {
        var row = session.Statement(FindReceipts).Bind(1, eventKey);
        return row.Step() ? (row.Int32(0), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(1)), row.Bytes(2).ToArray()) : null;
    }

    private static bool IsWhole(PageCommit commit) =>
        commit is { IsLast: true, Deferred.Count: 0, Settled.Count: 0, Receipts.Length: <= MaxReceiptBytes } &&
        commit.Accounts.All(account => account.Counts.Pending == 0);

    private static bool End(WriteSession session, PageCommit commit, PageEnding ending)
    {
        var recordedMs = commit.RecordedAt.ToUnixTimeMilliseconds();
        long? acceptedMs = commit.Accounts.Any(account => account.Counts.Accepted > 0) ? recordedMs : null;
        return session.Statement(EndEvent)
            .Bind(1, commit.EventKey).Bind(2, (int)ending.State).Bind(3, ending.StartedAt.ToUnixTimeMilliseconds())
            .Bind(4, commit.FirstAcceptedAt?.ToUnixTimeMilliseconds()).Bind(5, acceptedMs).Bind(6, recordedMs)
            .Bind(7, commit.Accounts.Sum(account => account.Attempts)).BindBlob(8, commit.Receipts.Span)
            .Bind(9, commit.Shard).Bind(10, (int)commit.Advances)
            .Execute() > 0;
    }

    private static (OutcomeCounts Counts, IReadOnlyDictionary<string, long> Reasons) Sum(byte[]? receipts, ProviderKind provider)
    {
        var counts = default(OutcomeCounts);
        var reasons = ReasonsJson.Empty;
        foreach (var section in ReceiptBlob.Read(receipts))
        {
            if (section.Provider != provider)
            {
                continue;
            }

            counts = counts.Plus(section.Outcome, section.DeviceKeys.Count);
            if (section.Outcome != ReceiptOutcome.Accepted && section.Reason is { } reason)
            {
                reasons = ReasonsJson.Add(reasons, new Dictionary<string, long>(1) { [reason] = section.DeviceKeys.Count });
            }
        }

        return (counts, reasons);
    }
}
