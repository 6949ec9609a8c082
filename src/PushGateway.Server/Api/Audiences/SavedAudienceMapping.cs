using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Events;

namespace PushGateway.Server.Api.Audiences;

/// <summary>Shows a stored audience as it would be put.</summary>
internal static class SavedAudienceMapping
{
    public static SavedAudienceResponse ToResponse(SavedAudience saved) => new()
    {
        Name = saved.Name,
        Audience = ToRequest(saved.Definition.Audience),
        Filter = ToRequest(saved.Definition),
        CreatedAt = saved.CreatedAt,
        UpdatedAt = saved.UpdatedAt,
    };

    private static AudienceRequest ToRequest(Audience audience) => audience.Kind switch
    {
        AudienceKind.Channels => new AudienceRequest { Channels = audience.Ids },
        AudienceKind.Subscribers => new AudienceRequest { Subscribers = audience.Ids },
        AudienceKind.Devices => new AudienceRequest { Devices = audience.Ids },
        AudienceKind.Condition => new AudienceRequest { Condition = audience.Condition!.Text },
        _ => new AudienceRequest { All = true },
    };

    private static FilterRequest? ToRequest(AudienceDefinition definition)
    {
        var filter = definition.Filter;
        var request = new FilterRequest
        {
            Providers = filter.Providers == ProviderSet.All ? null
                : [.. ProviderKinds.All.Where(provider => filter.Providers.Contains(provider)).Select(provider => provider.Name())],
            Locales = filter.Locales.Count == 0 ? null : filter.Locales,
            Tags = filter.Tags.Count == 0 ? null : filter.Tags,
            TimeZones = filter.TimeZones.Count == 0 ? null : filter.TimeZones,
            AppVersion = filter.AppVersions is { } versions ? new AppVersionRequest { From = versions.From, To = versions.To } : null,
            LastSeen = (definition.SeenWithinDays, filter.SeenFrom, filter.SeenBefore) is (null, null, null) ? null : new LastSeenRequest
            {
                WithinDays = definition.SeenWithinDays,
                After = Text(filter.SeenFrom),
                Before = Text(filter.SeenBefore),
            },
        };
        return request == new FilterRequest() ? null : request;
    }

    private static string? Text(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'");
}
