using PushGateway.Core.Events;

namespace PushGateway.Admin.Shared;

/// <summary>The outcomes in the order and the colours they are shown in everywhere.</summary>
internal static class Outcomes
{
    public static IReadOnlyList<OutcomePart> Parts(in OutcomeCounts counts) =>
    [
        new("accepted", counts.Accepted, "var(--pg-ok-fill)", "A provider took the notification."),
        new("live", counts.Live, "var(--pg-live-fill)", "The app had it by the live stream and said so: no notification was needed."),
        new("unregistered", counts.Unregistered, "var(--pg-warn-fill)", "The device is gone: the app was removed from it."),
        new("rejected", counts.Rejected, "var(--pg-bad-fill)", "The provider refused it for good."),
        new("expired", counts.Expired, "var(--pg-violet-fill)", "The time to live ended first."),
        new("cancelled", counts.Cancelled, "var(--pg-mute-fill)", "The event was cancelled first."),
        new("suppressed", counts.Suppressed, "var(--pg-info-fill)", "The subscriber has had enough for today."),
    ];

    public static string Class(ReceiptOutcome outcome) => outcome switch
    {
        ReceiptOutcome.Accepted or ReceiptOutcome.Live => "ok",
        ReceiptOutcome.Unregistered or ReceiptOutcome.Expired or ReceiptOutcome.Suppressed => "warn",
        ReceiptOutcome.Rejected => "bad",
        _ => string.Empty,
    };
}

internal sealed record OutcomePart(string Name, long Count, string Colour, string Meaning);
