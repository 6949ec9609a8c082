using System.Text.Json.Serialization;
using PushGateway.Server.Api.Events;

namespace PushGateway.Server.Api.Audiences;

/// <summary>An audience and what narrows it.</summary>
internal record AudienceDefinitionRequest
{
    public AudienceRequest? Audience { get; init; }

    public FilterRequest? Filter { get; init; }
}

internal sealed record AudienceCountRequest : AudienceDefinitionRequest
{
    /// <summary>false: the estimate only, at once, whatever the size. true when absent: counts every device.</summary>
    public bool? Exact { get; init; }
}

/// <summary>How many an event with this audience and filter would be for now.</summary>
internal sealed record AudienceCountResponse
{
    /// <summary>Absent when only the estimate was asked for; so are subscribers and providers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Devices { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Subscribers { get; init; }

    /// <summary>Devices by provider.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, long>? Providers { get; init; }

    /// <summary>Subscribers or devices the audience names, before the filter: quick, not exact; what an event has as estimatedAudience.</summary>
    public required long Estimate { get; init; }
}

/// <summary>A saved audience.</summary>
internal sealed record SavedAudienceResponse
{
    public required string Name { get; init; }

    public required AudienceRequest Audience { get; init; }

    public required FilterRequest? Filter { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last put.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}
