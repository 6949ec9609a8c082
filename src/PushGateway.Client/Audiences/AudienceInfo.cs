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
public sealed record AudienceCount
{
    public required long Devices { get; init; }

    public required long Subscribers { get; init; }

    /// <summary>Devices by provider.</summary>
    public required IReadOnlyDictionary<string, long> Providers { get; init; }

    /// <summary>Subscribers or devices that the audience names, before the filter: quick, not exact.</summary>
    public required long Estimate { get; init; }
}
