using System.Text.Json.Serialization;

namespace PushGateway.Server.Api.Webhooks;

/// <summary>An address to be told what happens.</summary>
internal sealed record WebhookRequest
{
    /// <summary>
    /// https://…, at most 2,000 characters, redirects are not followed; or rabbitmq: and the name of an exchange of the broker in the gateway's settings, which gets each notice as a message.
    /// </summary>
    public string? Url { get; init; }

    /// <summary>whsec_ and 24 to 64 bytes in base64; none for an exchange. Absent: a new webhook gets one, an old one keeps its own. Never shown again.</summary>
    public string? Secret { get; init; }

    /// <summary>Of event.completed, devices.removed, provider.stopped, removals.held.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>false: nothing new is kept for it and nothing is sent. true when absent.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>A webhook, and how it is doing.</summary>
internal sealed record WebhookResponse
{
    public required string Id { get; init; }

    public required string Url { get; init; }

    public required IReadOnlyList<string> Events { get; init; }

    public required bool Enabled { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>active; failing: it is tried again; parked: it has not answered for long, and is tried now and then; disabled.</summary>
    public required string State { get; init; }

    /// <summary>When it was parked; null otherwise.</summary>
    public required DateTimeOffset? ParkedAt { get; init; }

    /// <summary>What was wrong with the last try that failed.</summary>
    public required string? LastError { get; init; }

    /// <summary>When that try was, as far as it is known: since the gateway started, or when the webhook was parked.</summary>
    public required DateTimeOffset? LastFailureAt { get; init; }

    public required DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>When it is tried next; null while it works.</summary>
    public required DateTimeOffset? NextTryAt { get; init; }

    /// <summary>Notices that wait for it.</summary>
    public required long Pending { get; init; }

    public required long PendingBytes { get; init; }

    /// <summary>Notices given up, the oldest first, because more waited than are kept.</summary>
    public required long Dropped { get; init; }

    /// <summary>Only in the answer to the request that had it generated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Secret { get; init; }
}

/// <param name="Ok">The receiver took it.</param>
/// <param name="Status">The status it answered with; null without an answer.</param>
/// <param name="Error">What is wrong; null when ok.</param>
/// <param name="DurationMs">How long it took.</param>
internal sealed record WebhookTestResponse(bool Ok, int? Status, string? Error, long DurationMs);
