namespace PushGateway.Client.Events;

/// <summary>One event of a batch.</summary>
/// <param name="IdempotencyKey">Makes repeating it harmless, in a batch or alone; kept 7 days. <see langword="null"/> for none.</param>
public sealed record BatchEvent(EventRequest Request, string? IdempotencyKey = null);
