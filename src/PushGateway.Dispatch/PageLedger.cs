using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>What has come of each device of a page so far. Reused from page to page; different rows may be written from different tasks.</summary>
internal sealed class PageLedger
{
    private AttemptResult[] _results = [];
    private int[] _attempts = [];
    private ReceiptOutcome?[] _final = [];
    private PageWait?[] _waits = [];
    private bool _hasDecisions;

    public void Reset(AudiencePage page)
    {
        if (_results.Length < page.Count)
        {
            var length = Math.Max(page.Count, 64);
            (_results, _attempts) = (new AttemptResult[length], new int[length]);
        }

        Array.Clear(_results, 0, page.Count);
        Array.Clear(_attempts, 0, page.Count);
        if (_hasDecisions)
        {
            Array.Clear(_final);
            Array.Clear(_waits);
            _hasDecisions = false;
        }
    }

    /// <summary>The latest result of a row; not attempted when none was made.</summary>
    public ref readonly AttemptResult Result(int row) => ref _results[row];

    /// <summary>Attempts made for the row with this page.</summary>
    public int Attempts(int row) => _attempts[row];

    public void Record(int row, in AttemptResult result)
    {
        if (result.Outcome == OutcomeKind.NotAttempted)
        {
            return;
        }

        _results[row] = result;
        _attempts[row]++;
    }

    /// <summary>A final word of the gateway itself, without an attempt.</summary>
    public void Reject(int row, string reason) => _results[row] = new AttemptResult(OutcomeKind.Rejected, reason);

    /// <summary>The retry budget did not allow the attempt: it waits.</summary>
    public void HoldBack(int row) => _results[row] = s_heldBack;

    /// <summary>Whether <see cref="HoldBack"/> is the row's last word.</summary>
    public bool IsHeldBack(int row) => _results[row] == s_heldBack;

    private static readonly AttemptResult s_heldBack = new(OutcomeKind.NotAttempted, GatewayReasons.RetryBudget);

    /// <summary>The gateway's own decision that the device gets nothing; <see langword="null"/> when there was none.</summary>
    public ReceiptOutcome? Final(int row) => _hasDecisions ? _final[row] : null;

    /// <summary>What the device waits for, without an attempt; <see langword="null"/> when it does not.</summary>
    public PageWait? Waits(int row) => _hasDecisions ? _waits[row] : null;

    public void Expire(int row, string reason) => Decide(row, ReceiptOutcome.Expired, reason);

    /// <summary>It has the live message.</summary>
    public void Spare(int row) => Decide(row, ReceiptOutcome.Live, GatewayReasons.ConfirmedLive);

    public void Suppress(int row, string reason) => Decide(row, ReceiptOutcome.Suppressed, reason);

    /// <param name="startsAt">Where its TTL counts from; <see langword="null"/> for the event's start.</param>
    public void Wait(int row, DateTimeOffset dueAt, DateTimeOffset? startsAt)
    {
        ExpectDecisions();
        _waits[row] = new PageWait(dueAt, startsAt);
    }

    public void MarkRemoved(int row) => _results[row] = new AttemptResult(OutcomeKind.Unregistered, GatewayReasons.DeviceRemoved);

    private void Decide(int row, ReceiptOutcome outcome, string reason)
    {
        ExpectDecisions();
        _final[row] = outcome;
        _results[row] = new AttemptResult(OutcomeKind.NotAttempted, reason);
    }

    // Few events have decisions of their own for any device: the others neither have the room for them nor look at it.
    private void ExpectDecisions()
    {
        if (_final.Length < _results.Length)
        {
            (_final, _waits) = (new ReceiptOutcome?[_results.Length], new PageWait?[_results.Length]);
        }

        _hasDecisions = true;
    }
}

/// <param name="DueAt">When the device may be sent to.</param>
/// <param name="StartsAt">Where its TTL counts from; <see langword="null"/> for the event's start.</param>
internal readonly record struct PageWait(DateTimeOffset DueAt, DateTimeOffset? StartsAt);
