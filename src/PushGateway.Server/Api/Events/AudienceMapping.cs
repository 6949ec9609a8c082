using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Checks and maps who an event is for.</summary>
internal static class AudienceMapping
{
    private const int MaxLocales = 100;
    private const int MaxFilterTags = 20;

    /// <returns>Of no use when there are errors.</returns>
    public static Audience Map(AudienceRequest? request, FieldErrors errors)
    {
        if (request is null)
        {
            errors.Add("audience", "audience.missing", "Must be given, with exactly one of channel, channels, subscribers, devices, all.");
            return Audience.All;
        }

        string?[] given =
        [
            request.Channel is null ? null : "channel", request.Channels is null ? null : "channels",
            request.Subscribers is null ? null : "subscribers", request.Devices is null ? null : "devices", request.All is null ? null : "all",
        ];
        var names = given.OfType<string>().ToArray();
        if (names.Length != 1)
        {
            errors.Add(
                "audience", names.Length == 0 ? "audience.missing" : "audience.ambiguous",
                $"Must have exactly one of channel, channels, subscribers, devices, all; it has {(names.Length == 0 ? "none" : string.Join(" and ", names))}.");
            return Audience.All;
        }

        var field = $"audience.{names[0]}";
        switch (names[0])
        {
            case "channel":
                FieldRules.RequireId(request.Channel, field, errors);
                return new Audience(AudienceKind.Channels, [request.Channel!]);
            case "channels":
                return new Audience(AudienceKind.Channels, CheckIds(request.Channels!, field, errors));
            case "subscribers":
                return new Audience(AudienceKind.Subscribers, CheckIds(request.Subscribers!, field, errors));
            case "devices":
                return new Audience(AudienceKind.Devices, CheckIds(request.Devices!, field, errors));
            default:
                if (request.All is false)
                {
                    errors.Add(field, "audience.missing", "Must be true, or another member be given in its place.");
                }

                return Audience.All;
        }
    }

    public static AudienceFilter MapFilter(FilterRequest? request, FieldErrors errors)
    {
        if (request is null)
        {
            return AudienceFilter.None;
        }

        var tags = request.Tags ?? AudienceFilter.None.Tags;
        TagRules.Check(tags, "filter.tags", MaxFilterTags, errors);
        return new AudienceFilter
        {
            Providers = MapProviders(request.Providers ?? [], errors),
            Locales = MapLocales(request.Locales ?? [], errors),
            Tags = tags,
        };
    }

    private static IReadOnlyList<string> CheckIds(IReadOnlyList<string> ids, string field, FieldErrors errors)
    {
        if (ids.Count is 0 or > Audience.MaxIds)
        {
            errors.Add(field, ids.Count == 0 ? "audience.missing" : "audience.tooMany", $"Must name 1 to {Audience.MaxIds} ids; it names {ids.Count}.");
            return ids;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < ids.Count; index++)
        {
            if (!Identifier.IsValid(ids[index]))
            {
                errors.Add($"{field}[{index}]", "id.invalid", $"Must have {Identifier.Rule}.");
            }
            else if (!seen.Add(ids[index]))
            {
                errors.Add($"{field}[{index}]", "audience.duplicate", "The id is named twice.");
            }
        }

        return ids;
    }

    private static ProviderSet MapProviders(IReadOnlyList<string> names, FieldErrors errors)
    {
        var set = ProviderSet.None;
        for (var index = 0; index < names.Count; index++)
        {
            if (ProviderKinds.TryParse(names[index], out var provider))
            {
                set |= provider.AsSet();
            }
            else
            {
                errors.Add($"filter.providers[{index}]", "provider.unknown", "Must be apns or fcm.");
            }
        }

        return set == ProviderSet.None ? ProviderSet.All : set;
    }

    private static List<string> MapLocales(IReadOnlyList<string> locales, FieldErrors errors)
    {
        if (locales.Count > MaxLocales)
        {
            errors.Add("filter.locales", "locales.tooMany", $"At most {MaxLocales} locales; there are {locales.Count}.");
            return [];
        }

        var tags = new List<string>(locales.Count);
        for (var index = 0; index < locales.Count; index++)
        {
            if (LocaleTag.TryNormalize(locales[index], out var tag))
            {
                tags.Add(tag);
            }
            else
            {
                errors.Add($"filter.locales[{index}]", "locale.invalid", $"Must be {LocaleTag.Rule}.");
            }
        }

        return tags;
    }
}
