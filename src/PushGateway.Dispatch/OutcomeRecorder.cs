using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Dispatch.Removals;

namespace PushGateway.Dispatch;

/// <summary>Turns what came of a page into the one commit that records it: receipts, counts, deferred devices, feedback.</summary>
internal sealed class OutcomeRecorder(
    IOptions<DispatchOptions> options, RetrySchedule retries, RemovalGuards removals, FeedbackMetrics metrics, OutcomeTotals totals,
    TimeProvider timeProvider)
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <param name="credentials">By provider, the version sent with and whether it has proved itself; version 0 for none.</param>
    public PageCommit Record(
        Turn turn, PageWorkspace workspace, IReadOnlyList<CredentialStanding> credentials, DateTimeOffset? firstAcceptedAt)
    {
        var page = workspace.Page;
        var now = timeProvider.GetUtcNow();
        var draft = new Draft();
        for (var row = 0; row < page.Count; row++)
        {
            RecordRow(turn, workspace, row, credentials[(int)page[row].Provider], now, draft);
        }

        var holds = Guard(turn, draft);
        var accounts = draft.Accounts();
        totals.Add(accounts);
        return new PageCommit
        {
            EventKey = turn.FanOut.Record.Key,
            AppKey = turn.FanOut.Record.AppKey,
            Shard = turn.Shard.Shard,
            Epoch = turn.Shard.Fence,
            ExpiredUnread = turn is { Sweep: ReceiptOutcome.Expired, IsDeferred: false },
            Advances = turn.IsDeferred ? ProviderSet.None : turn.Providers,
            End = turn.IsDeferred ? default : page.End,
            IsLast = !turn.IsDeferred && page.IsLast,
            Receipts = workspace.Receipts.Write(),
            Accounts = accounts,
            Deferred = draft.Deferred,
            Settled = draft.Settled,
            Waits = draft.Waits(),
            TakenWaits = [.. page.Waits],
            Charges = workspace.ChargedDay is { } day ? draft.Charges(day) : null,
            Feedback = draft.Feedback,
            FeedbackMayWait = turn.FanOut.IsLarge,
            MayWait = turn.FanOut.Event.Options.Priority != EventPriority.High,
            Holds = holds,
            FirstAcceptedAt = firstAcceptedAt,
            RecordedAt = now,
            Ending = Ending(turn, page, draft, now),
        };
    }

    /// <summary>With nothing left to read and nothing to wait for the event may end with this page. Whether it may for certain is the store's to know.</summary>
    private static PageEnding? Ending(Turn turn, AudiencePage page, Draft draft, DateTimeOffset now)
    {
        var fanOut = turn.FanOut;
        return fanOut.MayEndAtOnce && fanOut.Control == EventControl.Run && turn is { IsDeferred: false, Sweep: null } && page.IsLast && draft.Total.Pending == 0
            ? new PageEnding(fanOut.FinalState(draft.Total), fanOut.StartedAt ?? now, fanOut.Event.StartsAt > fanOut.Event.CreatedAt)
            : null;
    }

    /// <summary>Marks the page's removals as held where too many devices are called dead.</summary>
    /// <returns>The holds that begin with this page.</returns>
    private List<RemovalHoldStart> Guard(Turn turn, Draft draft)
    {
        List<RemovalHoldStart> holds = [];
        foreach (var provider in ProviderKinds.All)
        {
            if (draft.Judged(provider) is var judged and > 0)
            {
                var removed = draft.Feedback.Count(feedback => feedback.Provider == provider && feedback.Verdict == TokenVerdict.Remove);
                var ruling = removals.Judge(turn.App, provider, judged, removed);
                metrics.CountRemovals(provider, ruling.IsHeld ? "held" : "removed", removed);
                metrics.CountRemovals(provider, "quarantined", draft.Feedback.Count(feedback => feedback.Provider == provider) - removed);
                holds.AddRange(ruling.Start is { } start ? [start] : []);
                if (ruling.IsHeld)
                {
                    draft.Hold(provider);
                }
            }
        }

        return holds;
    }

    private void RecordRow(
        Turn turn, PageWorkspace workspace, int rowIndex, CredentialStanding credential, DateTimeOffset now, Draft draft)
    {
        ref readonly var row = ref workspace.Page[rowIndex];
        ref readonly var result = ref workspace.Ledger.Result(rowIndex);
        var made = workspace.Ledger.Attempts(rowIndex);
        draft.AddAttempts(row.Provider, made);
        if (workspace.Ledger.Waits(rowIndex) is { } wait)
        {
            RecordWait(turn, workspace.Page, row, wait, draft);
            return;
        }

        var counted = CountedAttempts(row, result, made, credential.IsFailing);
        var deadline = turn.FanOut.DeadlineOf(workspace.Page.StartsAt);
        var (outcome, reason) = workspace.Ledger.Final(rowIndex) is { } final
            ? (final, result.Reason)
            : Judge(turn, result, counted, now, deadline);
        var dueAt = outcome == ReceiptOutcome.Pending ? DueAt(workspace, rowIndex, now, deadline) : now;
        if (outcome == ReceiptOutcome.Pending && dueAt >= deadline && result.Outcome is OutcomeKind.Throttled or OutcomeKind.Unavailable)
        {
            // The next attempt would come too late: nothing can change any more, so nobody has to wait for it.
            (outcome, reason) = (ReceiptOutcome.Expired, GatewayReasons.TtlExpired);
        }

        if (outcome == ReceiptOutcome.Pending)
        {
            var device = new DeferredDevice(row.SubscriberKey, row.DeviceKey, row.Provider, counted, dueAt, reason) { StartsAt = workspace.Page.StartsAt };
            Defer(turn, workspace.Page, row, device, now, deadline, draft);
            if (!turn.IsDeferred)
            {
                draft.Count(row.Provider, ReceiptOutcome.Pending, 1);
                workspace.Receipts.Add(row.DeviceKey, row.Provider, ReceiptOutcome.Pending, reason);
            }

            return;
        }

        if (turn.IsDeferred)
        {
            draft.Count(row.Provider, ReceiptOutcome.Pending, -1);
            if (workspace.Page.Waits.Count == 0)
            {
                draft.Settled.Add(row.DeviceKey);
            }
        }

        if (outcome == ReceiptOutcome.Accepted && workspace.ChargedDay is not null)
        {
            draft.Charge(row.SubscriberKey);
        }

        draft.Count(row.Provider, outcome, 1);
        draft.AddReason(row.Provider, outcome, reason);
        workspace.Receipts.Add(row.DeviceKey, row.Provider, outcome, reason);
        if (result.Outcome is OutcomeKind.Accepted or OutcomeKind.Unregistered or OutcomeKind.Rejected && made > 0)
        {
            draft.AddJudged(row.Provider);
        }

        if (Feedback.Judge(row, result, credential.IsProved) is var verdict and not TokenVerdict.Keep)
        {
            draft.Feedback.Add(new TokenFeedback(
                row.SubscriberKey, row.DeviceKey, row.Provider, verdict, result.Reason ?? GatewayReasons.UnknownReason, row.LastSeenMs,
                credential.Version));
        }
    }

    /// <summary>Each device that is to be tried again has a row of its own, but in a large event: there those of a page that come due in the same second share one.</summary>
    private static void Defer(Turn turn, AudiencePage page, in AudienceRow row, in DeferredDevice device, DateTimeOffset now, DateTimeOffset deadline, Draft draft)
    {
        if (HasRowOfItsOwn(turn, page) || !turn.FanOut.IsLarge)
        {
            draft.Deferred.Add(device);
            return;
        }

        // What was not attempted is due already, and need not wait for others. Nor may whoever has little time left.
        var dueAt = device.DueAt > now ? EndOfSecond(device.DueAt, turn.Shard.Shard) : device.DueAt;
        draft.Wait(row, new PageWait(dueAt + s_second <= deadline ? dueAt : device.DueAt, page.StartsAt), device.Attempts);
    }

    /// <summary>Each shard has seconds of its own, so that not all of them come back to a provider at once.</summary>
    private static DateTimeOffset EndOfSecond(DateTimeOffset instant, int shard)
    {
        var begun = (instant.Ticks - (shard * TimeSpan.TicksPerSecond / Shard.Count)) % TimeSpan.TicksPerSecond;
        return begun == 0 ? instant : instant.AddTicks(TimeSpan.TicksPerSecond - begun);
    }

    private static bool HasRowOfItsOwn(Turn turn, AudiencePage page) => turn.IsDeferred && page.Waits.Count == 0;

    private static void RecordWait(Turn turn, AudiencePage page, in AudienceRow row, in PageWait wait, Draft draft)
    {
        if (HasRowOfItsOwn(turn, page))
        {
            // It has a row of its own already, and attempts to remember.
            draft.Deferred.Add(new DeferredDevice(row.SubscriberKey, row.DeviceKey, row.Provider, row.Attempts, wait.DueAt, null)
            {
                StartsAt = wait.StartsAt,
            });
            return;
        }

        draft.Wait(row, wait, row.Attempts > 0 ? row.Attempts : null);
        if (!turn.IsDeferred)
        {
            draft.Count(row.Provider, ReceiptOutcome.Pending, 1);
        }
    }

    private (ReceiptOutcome Outcome, string? Reason) Judge(
        Turn turn, in AttemptResult result, int attempts, DateTimeOffset now, DateTimeOffset deadline)
    {
        switch (result.Outcome)
        {
            case OutcomeKind.Accepted:
                return (ReceiptOutcome.Accepted, null);
            case OutcomeKind.Unregistered:
                return (ReceiptOutcome.Unregistered, result.Reason);
            case OutcomeKind.Rejected:
                return (ReceiptOutcome.Rejected, result.Reason);
        }

        var fanOut = turn.FanOut;
        if (fanOut.Control == EventControl.Cancel)
        {
            return (ReceiptOutcome.Cancelled, GatewayReasons.EventCancelled);
        }

        if (turn.Sweep == ReceiptOutcome.Expired || now >= deadline)
        {
            return (ReceiptOutcome.Expired, GatewayReasons.TtlExpired);
        }

        // Now or never: the attempt was the now. What was not attempted (a pause, a restart) still has it before it.
        if (fanOut.Event.Options.Ttl == TimeSpan.Zero && result.Outcome is OutcomeKind.Throttled or OutcomeKind.Unavailable)
        {
            return (ReceiptOutcome.Expired, result.Reason);
        }

        return result.Outcome is OutcomeKind.Throttled or OutcomeKind.Unavailable && attempts >= options.Value.MaxAttempts
            ? (ReceiptOutcome.Expired, GatewayReasons.AttemptsExhausted)
            : (ReceiptOutcome.Pending, result.Reason);
    }

    /// <summary>
    /// A refused credential, a provider that cannot be reached and one that is failing for everybody are not the device's fault and do not use up its attempts:
    /// an outage ends with the outage, or with the TTL.
    /// </summary>
    private static int CountedAttempts(in AudienceRow row, in AttemptResult result, int made, bool isFailing)
    {
        var isExcused = result.Outcome == OutcomeKind.Unauthorized ||
            (result.Outcome == OutcomeKind.Unavailable && (isFailing || result.Reason == GatewayReasons.ConnectionFailed));
        return row.Attempts + (isExcused ? 0 : made);
    }

    private DateTimeOffset DueAt(PageWorkspace workspace, int rowIndex, DateTimeOffset now, DateTimeOffset deadline)
    {
        ref readonly var result = ref workspace.Ledger.Result(rowIndex);
        var attempts = Math.Max(1, workspace.Page[rowIndex].Attempts + workspace.Ledger.Attempts(rowIndex));
        if (workspace.Ledger.IsHeldBack(rowIndex))
        {
            return now + retries.HeldBackDelay(attempts, deadline - now);
        }

        // Not sent, or refused for the credential's sake: due at once, and the gate decides when that is.
        return result.Outcome is OutcomeKind.Throttled or OutcomeKind.Unavailable ? now + retries.NextDelay(attempts, result) : now;
    }

    /// <summary>The commit's lists while they grow.</summary>
    private sealed class Draft
    {
        private readonly OutcomeCounts[] _counts = new OutcomeCounts[ProviderKinds.All.Count];
        private readonly long[] _attempts = new long[ProviderKinds.All.Count];
        private readonly int[] _judged = new int[ProviderKinds.All.Count];
        private readonly Dictionary<string, long>?[] _reasons = new Dictionary<string, long>?[ProviderKinds.All.Count];

        private readonly Dictionary<(ProviderKind Provider, PageWait Wait, int? Attempts), List<AudienceCursor>> _waits = [];
        private readonly SortedSet<long> _charged = [];

        public List<DeferredDevice> Deferred { get; } = [];

        public List<long> Settled { get; } = [];

        public List<TokenFeedback> Feedback { get; } = [];

        public OutcomeCounts Total => _counts.Aggregate(default(OutcomeCounts), (sum, counts) => sum + counts);

        /// <param name="attempts">Made so far, when it is to be tried again.</param>
        public void Wait(in AudienceRow row, in PageWait wait, int? attempts)
        {
            if (!_waits.TryGetValue((row.Provider, wait, attempts), out var devices))
            {
                _waits[(row.Provider, wait, attempts)] = devices = [];
            }

            devices.Add(new AudienceCursor(row.SubscriberKey, row.DeviceKey));
        }

        public List<WaitingDevices> Waits() =>
            [.. _waits.Select(static pair => new WaitingDevices(pair.Key.Provider, pair.Key.Wait.DueAt, pair.Key.Wait.StartsAt, pair.Value) { Attempts = pair.Key.Attempts })];

        public void Charge(long subscriberKey) => _charged.Add(subscriberKey);

        public DailyCharges? Charges(int day) => _charged.Count > 0 ? new DailyCharges(day, [.. _charged]) : null;

        /// <summary>Devices that the provider took or refused for good with this page.</summary>
        public int Judged(ProviderKind provider) => _judged[(int)provider];

        public void AddJudged(ProviderKind provider) => _judged[(int)provider]++;

        public void Hold(ProviderKind provider)
        {
            for (var index = 0; index < Feedback.Count; index++)
            {
                if (Feedback[index] is { Verdict: TokenVerdict.Remove } feedback && feedback.Provider == provider)
                {
                    Feedback[index] = feedback with { IsHeld = true };
                }
            }
        }

        public void AddAttempts(ProviderKind provider, int count) => _attempts[(int)provider] += count;

        public void Count(ProviderKind provider, ReceiptOutcome outcome, int count) =>
            _counts[(int)provider] = _counts[(int)provider].Plus(outcome, count);

        public void AddReason(ProviderKind provider, ReceiptOutcome outcome, string? reason)
        {
            if (outcome == ReceiptOutcome.Accepted || reason is null)
            {
                return;
            }

            var reasons = _reasons[(int)provider] ??= new Dictionary<string, long>(StringComparer.Ordinal);
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
        }

        public List<PageAccount> Accounts()
        {
            List<PageAccount> accounts = [];
            foreach (var provider in ProviderKinds.All)
            {
                var index = (int)provider;
                if (_counts[index] != default || _attempts[index] > 0)
                {
                    accounts.Add(new PageAccount(
                        provider, _counts[index], _reasons[index] ?? s_noReasons, _attempts[index]));
                }
            }

            return accounts;
        }

        private static readonly Dictionary<string, long> s_noReasons = [];
    }
}

/// <param name="Version">The credential's version; 0 for none.</param>
/// <param name="IsProved">It has had a notification accepted.</param>
/// <param name="IsFailing">The provider is being left alone: it fails, or cannot be reached.</param>
internal readonly record struct CredentialStanding(int Version, bool IsProved, bool IsFailing = false);
