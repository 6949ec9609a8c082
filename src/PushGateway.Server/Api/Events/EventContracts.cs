using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>An event with its account at one instant.</summary>
internal sealed record EventResponse
{
    public required string Id { get; init; }

    public required string Type { get; init; }

    /// <summary>scheduled, dispatching, paused, completed, cancelled or expired.</summary>
    public required string State { get; init; }

    public required CountsResponse Counts { get; init; }

    /// <summary>Devices on which the notification was opened, as far as the app has said. No part of the account.</summary>
    public required long Opened { get; init; }

    /// <summary>By provider.</summary>
    public required IReadOnlyDictionary<string, ProviderAccountResponse> Providers { get; init; }

    /// <summary>Attempts made so far, repeats included.</summary>
    public required long Attempts { get; init; }

    /// <summary>Subscribers or devices the audience had when the event was published, before filters: quick, not exact.</summary>
    public required long EstimatedAudience { get; init; }

    /// <summary>When sending may begin.</summary>
    public required DateTimeOffset SendAt { get; init; }

    /// <summary>The event that this one is sent again for, to the devices that it expired for; absent for one of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ResendOf { get; init; }

    /// <summary>The time of day at which each device gets it, by its own clock; absent for as soon as may be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LocalTime { get; init; }

    /// <summary>When it stops being worth sending; with a local time, for the last of the devices.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public required TimingsResponse Timings { get; init; }
}

/// <summary>What became of each event of a batch.</summary>
/// <param name="Items">In the order of the request.</param>
internal sealed record BatchResponse(IReadOnlyList<BatchItemResponse> Items);

/// <summary>The answer that the event would have got alone.</summary>
internal sealed record BatchItemResponse
{
    /// <summary>202 with the event, or that of the problem.</summary>
    public required int Status { get; init; }

    /// <summary>The event, durable; absent with a problem.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EventResponse? Event { get; init; }

    /// <summary>true when the idempotency key was known: this is the first answer again. Absent otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Replayed { get; init; }

    /// <summary>Why the event was refused; absent when it was not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProblemDocument? Problem { get; init; }
}

/// <summary>What became of the devices: targeted = accepted + live + unregistered + rejected + expired + cancelled + suppressed + pending, always.</summary>
/// <param name="Accepted">A provider took the notification; says nothing about the device having shown it.</param>
/// <param name="Suppressed">Not sent: the subscriber had as many notifications that day as the app allows.</param>
/// <param name="Live">Not sent: the live message was confirmed for the device (options.live first).</param>
internal sealed record CountsResponse(
    long Targeted, long Accepted, long Unregistered, long Rejected, long Expired, long Cancelled, long Suppressed, long Live, long Pending);

/// <param name="Reasons">How often each reason was the final one, for outcomes other than accepted.</param>
internal sealed record ProviderAccountResponse(CountsResponse Counts, IReadOnlyDictionary<string, long> Reasons);

/// <summary>When things happened; null has not happened yet.</summary>
internal sealed record TimingsResponse
{
    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FirstAcceptedAt { get; init; }

    public required DateTimeOffset? Accepted50At { get; init; }

    public required DateTimeOffset? Accepted90At { get; init; }

    public required DateTimeOffset? Accepted99At { get; init; }

    public required DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>What came of an event for one device.</summary>
/// <param name="Outcome">accepted, unregistered, rejected, expired, cancelled, suppressed or live.</param>
/// <param name="Reason">The provider's word, or the gateway's own; null when accepted.</param>
/// <param name="At">When it was recorded.</param>
internal sealed record ReceiptResponse(string Device, string Provider, string Outcome, string? Reason, DateTimeOffset At);

/// <summary>An event that was for a device, and what came of it there.</summary>
internal sealed record HistoryItemResponse
{
    /// <summary>The event's id.</summary>
    public required string Event { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    public required string Device { get; init; }

    public required string Provider { get; init; }

    /// <summary>accepted, unregistered, rejected, expired, cancelled or suppressed; pending while it waits for another attempt.</summary>
    public required string Outcome { get; init; }

    /// <summary>The provider's word, or the gateway's own; null when accepted.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was recorded.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A part of a history.</summary>
internal sealed record HistoryResponse
{
    public required IReadOnlyList<HistoryItemResponse> Items { get; init; }

    /// <summary>When the oldest event was published that was looked at; null when there was none.</summary>
    public DateTimeOffset? LookedBackTo { get; init; }

    /// <summary>Goes on with older events; null when all that are kept have been looked at.</summary>
    public required string? NextCursor { get; init; }
}

/// <summary>What a publish of the same body would send.</summary>
/// <param name="EstimatedAudience">Subscribers or devices the audience names now, before filters: quick, not exact.</param>
/// <param name="Providers">By provider.</param>
internal sealed record ValidationResponse(long EstimatedAudience, IReadOnlyDictionary<string, RenderedProviderResponse> Providers);

/// <param name="SizeBytes">Of the largest variant, as the provider counts.</param>
/// <param name="LimitBytes">The provider's limit.</param>
/// <param name="Variants">The event's own text first, then one for each localization.</param>
internal sealed record RenderedProviderResponse(int SizeBytes, int LimitBytes, IReadOnlyList<RenderedVariantResponse> Variants);

/// <param name="Locale">null for the event's own text.</param>
/// <param name="SizeBytes">As the provider counts.</param>
/// <param name="Headers">Those that depend on the event.</param>
/// <param name="Payload">What would be sent to a device; a placeholder stands where its token goes.</param>
internal sealed record RenderedVariantResponse(string? Locale, int SizeBytes, IReadOnlyDictionary<string, string> Headers, JsonNode? Payload);
