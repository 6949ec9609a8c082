using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>What has come of each device of a page so far. Reused from page to page; different rows may be written from different tasks.</summary>
internal sealed class PageLedger
{
    private AttemptResult[] _results = [];
    private int[] _attempts = [];

    public void Reset(AudiencePage page)
    {
        if (_results.Length < page.Count)
        {
            var length = Math.Max(page.Count, 64);
            (_results, _attempts) = (new AttemptResult[length], new int[length]);
        }

        Array.Clear(_results, 0, page.Count);
        Array.Clear(_attempts, 0, page.Count);
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

    public void MarkRemoved(int row) => _results[row] = new AttemptResult(OutcomeKind.Unregistered, GatewayReasons.DeviceRemoved);
}
