namespace PushGateway.Client.Webhooks;

/// <summary>What is said about a webhook.</summary>
public sealed record WebhookSpec
{
    /// <summary><c>https://…</c></summary>
    public required string Url { get; init; }

    /// <summary>Of <c>event.completed</c>, <c>devices.removed</c>, <c>provider.stopped</c>, <c>removals.held</c>.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary><c>whsec_</c> and base64; <see langword="null"/> to have one made for a new webhook, or to keep an old one's. Secret.</summary>
    public string? Secret { get; init; }

    public bool? Enabled { get; init; }

    public override string ToString() => "Webhook";
}

/// <summary>A webhook, and how it is doing.</summary>
public sealed record WebhookInfo
{
    public required string Id { get; init; }

    public string? Url { get; init; }

    public IReadOnlyList<string> Events { get => field ?? []; init; }

    public bool Enabled { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary><c>active</c>, <c>failing</c>, <c>parked</c> or <c>disabled</c>.</summary>
    public string? State { get; init; }

    public DateTimeOffset? ParkedAt { get; init; }

    public string? LastError { get; init; }

    /// <summary>When that was, as far as it is known: since the gateway started, or when the webhook was parked.</summary>
    public DateTimeOffset? LastFailureAt { get; init; }

    public DateTimeOffset? LastSuccessAt { get; init; }

    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>Notices that wait for it.</summary>
    public long Pending { get; init; }

    /// <summary>Their bytes.</summary>
    public long PendingBytes { get; init; }

    /// <summary>Notices given up because too many waited.</summary>
    public long Dropped { get; init; }

    /// <summary>Only in the answer that has it generated. Secret.</summary>
    public string? Secret { get; init; }

    public override string ToString() => $"Webhook {Id} ({State})";
}

/// <summary>What came of a test.</summary>
public sealed record WebhookTestResult
{
    public bool Ok { get; init; }

    public int? Status { get; init; }

    public string? Error { get; init; }

    public long DurationMs { get; init; }
}
