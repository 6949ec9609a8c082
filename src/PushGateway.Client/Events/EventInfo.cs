using System.Collections.ObjectModel;
using System.Text.Json.Serialization;

namespace PushGateway.Client.Events;

/// <summary>An event with its account at one instant.</summary>
/// <remarks>Generated serializers write the default over an initializer when a member is absent, so the getters stand in for it.</remarks>
public sealed record EventInfo
{
    public required string Id { get; init; }

    public string? Type { get; init; }

    /// <summary><c>scheduled</c>, <c>dispatching</c>, <c>paused</c>, <c>completed</c>, <c>cancelled</c> or <c>expired</c>.</summary>
    public required string State { get; init; }

    public EventCounts Counts { get => field ?? EventCounts.None; init; }

    /// <summary>Devices on which the notification was opened, as far as the app has said; no part of the counts.</summary>
    public long Opened { get; init; }

    /// <summary>By provider name, only those with at least one device.</summary>
    public IReadOnlyDictionary<string, EventProviderInfo> Providers { get => field ?? ReadOnlyDictionary<string, EventProviderInfo>.Empty; init; }

    /// <summary>Attempts made so far, repeats included.</summary>
    public long Attempts { get; init; }

    /// <summary>How large the audience was when the event was published: quick, not exact.</summary>
    public long EstimatedAudience { get; init; }

    /// <summary>When it begins; <see langword="null"/> for at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>The event that this one is sent again for; <see langword="null"/> for one of its own.</summary>
    public string? ResendOf { get; init; }

    /// <summary>The time of each device's own day; <see langword="null"/> when it does not matter.</summary>
    public string? LocalTime { get; init; }

    /// <summary>Until then it is sent.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public EventTimings Timings { get => field ?? EventTimings.Unknown; init; }

    /// <summary>Nothing changes any more: pending is 0.</summary>
    [JsonIgnore]
    public bool IsFinal => State is "completed" or "cancelled" or "expired";
}

/// <summary>What became of the devices an event was for.</summary>
/// <remarks>Always true: <c>Targeted = Accepted + Live + Unregistered + Rejected + Expired + Cancelled + Suppressed + Pending</c>.</remarks>
public sealed record EventCounts
{
    internal static EventCounts None { get; } = new();

    public long Targeted { get; init; }

    /// <summary>A provider took the notification; says nothing about the device having shown it.</summary>
    public long Accepted { get; init; }

    public long Unregistered { get; init; }

    public long Rejected { get; init; }

    public long Expired { get; init; }

    public long Cancelled { get; init; }

    /// <summary>Not sent: the subscriber had as many notifications that day as the app allows.</summary>
    public long Suppressed { get; init; }

    /// <summary>Not sent: the live message was confirmed for the device.</summary>
    public long Live { get; init; }

    public long Pending { get; init; }
}

public sealed record EventProviderInfo
{
    public EventCounts Counts { get => field ?? EventCounts.None; init; }

    /// <summary>How often each reason was the final one, for outcomes other than accepted.</summary>
    public IReadOnlyDictionary<string, long> Reasons { get => field ?? ReadOnlyDictionary<string, long>.Empty; init; }
}

/// <summary>When things happened; a null has not happened yet.</summary>
public sealed record EventTimings
{
    internal static EventTimings Unknown { get; } = new();

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FirstAcceptedAt { get; init; }

    public DateTimeOffset? Accepted50At { get; init; }

    public DateTimeOffset? Accepted90At { get; init; }

    public DateTimeOffset? Accepted99At { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }
}
