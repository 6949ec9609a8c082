namespace PushGateway.Client.Events;

/// <summary>A part of what a device, or a subscriber's devices, were sent, newest event first.</summary>
public sealed record ReceiptHistory
{
    /// <summary>May be few or none although there are more.</summary>
    public IReadOnlyList<ReceiptHistoryItem> Items { get => field ?? []; init; }

    /// <summary>When the oldest event was published that was looked at; <see langword="null"/> when there was none.</summary>
    public DateTimeOffset? LookedBackTo { get; init; }

    /// <summary>Goes on with older events; <see langword="null"/> when all that are kept have been looked at.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>An event that was for a device, and what came of it there.</summary>
public sealed record ReceiptHistoryItem
{
    /// <summary>The event's id.</summary>
    public required string Event { get; init; }

    public string? Type { get; init; }

    public DateTimeOffset? PublishedAt { get; init; }

    public required string Device { get; init; }

    public string? Provider { get; init; }

    /// <summary>The gateway's word; <c>pending</c> while it waits for another attempt.</summary>
    public required string Outcome { get; init; }

    /// <summary>The provider's word, or the gateway's own; <see langword="null"/> when accepted.</summary>
    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }
}
