namespace PushGateway.Client.Events;

/// <summary>What came of an event for one device.</summary>
public sealed record ReceiptInfo
{
    public required string Device { get; init; }

    public string? Provider { get; init; }

    public required string Outcome { get; init; }

    /// <summary>The provider's word, or the gateway's own; <see langword="null"/> when accepted.</summary>
    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }
}
