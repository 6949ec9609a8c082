namespace PushGateway.Core.Events;

/// <summary>Whose history is asked for: that of one device, also one that has been removed, or of all devices that a subscriber has now.</summary>
public sealed record HistoryOwner
{
    private HistoryOwner(string id, bool isSubscriber) => (Id, IsSubscriber) = (id, isSubscriber);

    public string Id { get; }

    public bool IsSubscriber { get; }

    public static HistoryOwner Device(string deviceId) => new(deviceId, isSubscriber: false);

    public static HistoryOwner Subscriber(string subscriberId) => new(subscriberId, isSubscriber: true);
}

/// <summary>One event that was for a device, and what came of it there.</summary>
/// <param name="Receipt">With <see cref="ReceiptOutcome.Pending"/> while the device waits for another attempt.</param>
public sealed record HistoryItem(PushEvent Event, Receipt Receipt);

/// <summary>A part of a history, newest event first.</summary>
/// <param name="Items">May be few or none although there are more: the work of one page is bounded, not only its length.</param>
/// <param name="LookedBackTo">When the oldest event was published that was looked at; <see langword="null"/> when there was none.</param>
/// <param name="NextCursor">Goes on with older events; <see langword="null"/> when all that are kept have been looked at.</param>
public sealed record ReceiptHistoryPage(IReadOnlyList<HistoryItem> Items, DateTimeOffset? LookedBackTo, string? NextCursor);
