using System.Collections.ObjectModel;
using PushGateway.Client.Events;

namespace PushGateway.Client.Audiences;

/// <summary>An audience and what narrows it, to be saved or counted.</summary>
public sealed record AudienceSpec
{
    public required EventAudience Audience { get; init; }

    public EventFilter? Filter { get; init; }
}

/// <summary>A saved audience.</summary>
public sealed record SavedAudienceInfo
{
    public required string Name { get; init; }

    public required EventAudience Audience { get; init; }

    public EventFilter? Filter { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last put.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>How many an event with the audience and filter would be for now.</summary>
/// <remarks>Of an estimate, only <see cref="Estimate"/> is known: the other numbers are 0.</remarks>
public sealed record AudienceCount
{
    public long Devices { get; init; }

    public long Subscribers { get; init; }

    /// <summary>Devices by provider.</summary>
    public IReadOnlyDictionary<string, long> Providers { get => field ?? ReadOnlyDictionary<string, long>.Empty; init; }

    /// <summary>Subscribers or devices that the audience names, before the filter: quick, not exact.</summary>
    public required long Estimate { get; init; }
}

internal sealed record AudienceEstimate(EventAudience Audience, EventFilter? Filter, bool Exact);
