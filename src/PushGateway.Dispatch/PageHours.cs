using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>Which devices of one page have to wait for a better time of their day. The page is judged by one instant.</summary>
/// <param name="hours">The event's.</param>
/// <param name="turn">The page's turn.</param>
/// <param name="startsAt">Where the TTL of the page's devices counts from; <see langword="null"/> for the event's start.</param>
internal sealed class PageHours(SendingHours hours, Turn turn, DateTimeOffset? startsAt, DateTimeOffset now)
{
    private readonly Dictionary<int, DateTimeOffset?> _quiet = [];
    private readonly DateTimeOffset _deadline = turn.FanOut.DeadlineOf(startsAt);

    /// <returns>Whether the ledger has been told what becomes of the device, so that it is not to be sent now.</returns>
    public bool Hold(in AudienceRow row, int index, PageLedger ledger)
    {
        if (turn.IsSorting)
        {
            var localTime = hours.LocalTime(row.Zone);
            Hold(index, ledger, hours.QuietUntil(row.Zone, localTime) ?? localTime, localTime, turn.FanOut.DeadlineOf(localTime));
            return true;
        }

        if (startsAt is not null && now >= _deadline)
        {
            // The event goes on for others; for this device it is over.
            ledger.Expire(index, GatewayReasons.TtlExpired);
            return true;
        }

        if (!_quiet.TryGetValue(row.Zone, out var until))
        {
            _quiet[row.Zone] = until = hours.QuietUntil(row.Zone, now);
        }

        if (until is not { } end)
        {
            return false;
        }

        Hold(index, ledger, end, startsAt, _deadline);
        return true;
    }

    private static void Hold(int index, PageLedger ledger, DateTimeOffset until, DateTimeOffset? startsAt, DateTimeOffset deadline)
    {
        if (until < deadline)
        {
            ledger.Wait(index, until, startsAt);
        }
        else
        {
            ledger.Expire(index, GatewayReasons.QuietHours);
        }
    }
}
