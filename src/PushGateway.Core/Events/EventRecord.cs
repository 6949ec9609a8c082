using PushGateway.Core.Providers;

namespace PushGateway.Core.Events;

/// <summary>Where an event stands. The numbers are stored.</summary>
public enum EventState : byte
{
    Scheduled = 0,
    Dispatching = 1,
    Paused = 2,
    Completed = 3,
    Cancelled = 4,
    Expired = 5,
}

public static class EventStates
{
    /// <summary>Nothing changes any more: pending is 0.</summary>
    public static bool IsFinal(this EventState state) => state is EventState.Completed or EventState.Cancelled or EventState.Expired;

    public static string Name(this EventState state) => state switch
    {
        EventState.Scheduled => "scheduled",
        EventState.Dispatching => "dispatching",
        EventState.Paused => "paused",
        EventState.Completed => "completed",
        EventState.Cancelled => "cancelled",
        EventState.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Unknown event state."),
    };
}

/// <summary>An operator's or publisher's wish about an event that is not final; the fan-out acts on it.</summary>
public enum EventControl : byte
{
    Run = 0,
    Pause = 1,
    Cancel = 2,
}

/// <summary>The final outcome recorded for a device. The numbers are stored in receipts.</summary>
public enum ReceiptOutcome : byte
{
    Accepted = 0,
    Unregistered = 1,
    Rejected = 2,

    /// <summary>The TTL ended before any provider accepted.</summary>
    Expired = 3,
    Cancelled = 4,

    /// <summary>Not final: waiting for a later attempt. A later receipt for the same device takes its place.</summary>
    Pending = 5,

    /// <summary>Not sent: the subscriber has had as many notifications today as the app allows.</summary>
    Suppressed = 6,

    /// <summary>Not sent: the device, or its subscriber, said that it had the live message (<see cref="LiveMode.First"/>).</summary>
    Live = 7,
}

public static class ReceiptOutcomes
{
    public static string Name(this ReceiptOutcome outcome) => outcome switch
    {
        ReceiptOutcome.Accepted => "accepted",
        ReceiptOutcome.Unregistered => "unregistered",
        ReceiptOutcome.Rejected => "rejected",
        ReceiptOutcome.Expired => "expired",
        ReceiptOutcome.Cancelled => "cancelled",
        ReceiptOutcome.Pending => "pending",
        ReceiptOutcome.Suppressed => "suppressed",
        ReceiptOutcome.Live => "live",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Unknown outcome."),
    };

    /// <returns><see langword="false"/> when the text is not exactly a known name.</returns>
    public static bool TryParse(string? name, out ReceiptOutcome outcome)
    {
        for (outcome = ReceiptOutcome.Accepted; outcome <= ReceiptOutcome.Live; outcome++)
        {
            if (outcome.Name() == name)
            {
                return true;
            }
        }

        outcome = default;
        return false;
    }
}

/// <summary>How many devices an event was for, and what became of them.</summary>
/// <remarks>Always true: <c>Targeted = Accepted + Live + Unregistered + Rejected + Expired + Cancelled + Suppressed + Pending</c>.</remarks>
public readonly record struct OutcomeCounts(
    long Accepted, long Unregistered, long Rejected, long Expired, long Cancelled, long Pending)
{
    /// <summary>Not sent because of the app's cap on notifications per subscriber and day.</summary>
    public long Suppressed { get; init; }

    /// <summary>Not sent because the live message had arrived.</summary>
    public long Live { get; init; }

    public long Targeted => Accepted + Live + Unregistered + Rejected + Expired + Cancelled + Suppressed + Pending;

    public static OutcomeCounts operator +(OutcomeCounts left, OutcomeCounts right) => new(
        left.Accepted + right.Accepted, left.Unregistered + right.Unregistered, left.Rejected + right.Rejected,
        left.Expired + right.Expired, left.Cancelled + right.Cancelled, left.Pending + right.Pending)
    {
        Suppressed = left.Suppressed + right.Suppressed,
        Live = left.Live + right.Live,
    };

    public static OutcomeCounts Add(OutcomeCounts left, OutcomeCounts right) => left + right;

    /// <summary>These counts with <paramref name="count"/> more of one outcome; negative takes away.</summary>
    public OutcomeCounts Plus(ReceiptOutcome outcome, long count) => outcome switch
    {
        ReceiptOutcome.Accepted => this with { Accepted = Accepted + count },
        ReceiptOutcome.Unregistered => this with { Unregistered = Unregistered + count },
        ReceiptOutcome.Rejected => this with { Rejected = Rejected + count },
        ReceiptOutcome.Expired => this with { Expired = Expired + count },
        ReceiptOutcome.Cancelled => this with { Cancelled = Cancelled + count },
        ReceiptOutcome.Pending => this with { Pending = Pending + count },
        ReceiptOutcome.Suppressed => this with { Suppressed = Suppressed + count },
        ReceiptOutcome.Live => this with { Live = Live + count },
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Unknown outcome."),
    };
}

/// <summary>Counts and reasons of one provider.</summary>
/// <param name="Reasons">How often each reason was the final one, for outcomes other than accepted.</param>
public sealed record ProviderAccount(OutcomeCounts Counts, IReadOnlyDictionary<string, long> Reasons);

/// <summary>The whole account of an event at one instant.</summary>
/// <param name="Providers">Only providers with at least one device.</param>
/// <param name="Attempts">Attempts made so far, repeats included.</param>
public sealed record EventAccount(IReadOnlyDictionary<ProviderKind, ProviderAccount> Providers, long Attempts)
{
    public static EventAccount Empty { get; } = new(new Dictionary<ProviderKind, ProviderAccount>(0), 0);

    public OutcomeCounts Counts => Providers.Values.Aggregate(default(OutcomeCounts), (sum, provider) => sum + provider.Counts);
}

/// <summary>When things happened to an event; a null has not happened yet.</summary>
public sealed record EventTimings
{
    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FirstAcceptedAt { get; init; }

    /// <summary>When half of the notifications accepted in the end had been accepted, to the nearest page. Set when the event is final.</summary>
    public DateTimeOffset? Accepted50At { get; init; }

    public DateTimeOffset? Accepted90At { get; init; }

    public DateTimeOffset? Accepted99At { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>An event as stored, with its account.</summary>
public sealed record EventRecord
{
    /// <summary>The store's own number for the event; never reused, grows with time of publishing.</summary>
    public required long Key { get; init; }

    public required int AppKey { get; init; }

    public required PushEvent Event { get; init; }

    public required EventState State { get; init; }

    public required EventControl Control { get; init; }

    /// <summary>Subscribers or devices the audience had when the event was published, before filters: quick, not exact.</summary>
    public required long EstimatedAudience { get; init; }

    public required EventAccount Account { get; init; }

    public required EventTimings Timings { get; init; }

    /// <summary>Devices on which the notification was opened, as far as the app has said; no part of the account. 0 in records that are not of a look-up or list.</summary>
    public long Opened { get; init; }
}
