using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Subscribers;

/// <summary>What became of an event on one device.</summary>
/// <param name="Type">The event's.</param>
/// <param name="PublishedAt">When the event was accepted.</param>
/// <param name="At">When the outcome was recorded.</param>
public sealed record SentNotification(
    string EventId, string Type, DateTimeOffset PublishedAt, string DeviceId, ProviderKind Provider, ReceiptOutcome Outcome, string? Reason, DateTimeOffset At);

/// <summary>An event whose notification was opened on a device.</summary>
public sealed record OpenedEvent(string EventId, string DeviceId);
