namespace PushGateway.Client.Events;

/// <summary>The answer to a publish: the event is durable, its fan-out begins.</summary>
/// <param name="Replayed">The idempotency key was known: this is the first answer again, and nothing new was begun.</param>
public sealed record PublishedEvent(EventInfo Event, bool Replayed);
