using System.Text;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Checks and maps what narrows an audience.</summary>
internal static class FilterMapping
{
    private const int MaxLocales = 100;
    private const int MaxTimeZones = 600;
    private const int MaxTags = 20;

    /// <param name="audience">What it narrows.</param>
    /// <returns>Of no use when there are errors.</returns>
    public static AudienceDefinition Map(Audience audience, FilterRequest? request, FieldErrors errors)
    {
        if (request is null)
        {
            return new AudienceDefinition { Audience = audience };
        }

        var tags = request.Tags ?? AudienceFilter.None.Tags;
        TagRules.CheckMatches(tags, "filter.tags", MaxTags, errors);
        var (days, from, before) = MapLastSeen(request.LastSeen, errors);
        return new AudienceDefinition
        {
            Audience = audience,
            SeenWithinDays = days,
            Filter = new AudienceFilter
            {
                Providers = MapProviders(request.Providers ?? [], errors),
                Locales = MapLocales(request.Locales ?? [], errors),
                TimeZones = CheckTimeZones(request.TimeZones ?? [], errors),
                AppVersions = MapVersions(request.AppVersion, errors),
                Tags = tags,
                SeenFrom = from,
                SeenBefore = before,
            },
        };
    }

    private static IReadOnlyList<string> CheckTimeZones(IReadOnlyList<string> ids, FieldErrors errors)
    {
        if (ids.Count > MaxTimeZones)
        {
            errors.Add("filter.timeZones", "timeZones.tooMany", $"At most {MaxTimeZones} time zones; there are {ids.Count}.");
            return [];
        }

        for (var index = 0; index < ids.Count; index++)
        {
            // Only the form: phones may know zones that this machine does not.
            if (!TimeZoneName.IsValid(ids[index]))
            {
                errors.Add($"filter.timeZones[{index}]", "timeZone.invalid", TimeZoneName.Rule);
            }
        }

        return ids;
    }

    private static AppVersionRange? MapVersions(AppVersionRequest? request, FieldErrors errors)
    {
        const string Field = "filter.appVersion";
        if (request is null)
        {
            return null;
        }

        if ((request.From ?? request.To) is null)
        {
            errors.Add(Field, "field.missing", "Must have from, to or both.");
            return null;
        }

        var isValid = CheckVersion(request.From, $"{Field}.from", errors) & CheckVersion(request.To, $"{Field}.to", errors);
        if (isValid && request is { From: { } from, To: { } to } && AppVersion.Compare(Encoding.UTF8.GetBytes(from), Encoding.UTF8.GetBytes(to)) >= 0)
        {
            errors.Add(Field, "appVersion.emptyRange", "from must be lower than to, which is the first version that is too high.");
        }

        return new AppVersionRange(request.From, request.To);
    }

    private static bool CheckVersion(string? version, string field, FieldErrors errors)
    {
        if (version is null || AppVersion.IsValid(Encoding.UTF8.GetBytes(version)))
        {
            return true;
        }

        errors.Add(field, "appVersion.invalid", $"Must be {AppVersion.Rule}.");
        return false;
    }

    private static (int? Days, DateTimeOffset? From, DateTimeOffset? Before) MapLastSeen(LastSeenRequest? request, FieldErrors errors)
    {
        const string Field = "filter.lastSeen";
        if (request is null)
        {
            return default;
        }

        if (request is { WithinDays: null, After: null, Before: null })
        {
            errors.Add(Field, "field.missing", "Must have withinDays, after or before.");
        }

        if (request.WithinDays is < 1 or > AudienceDefinition.MaxSeenWithinDays)
        {
            errors.Add($"{Field}.withinDays", "lastSeen.outOfRange", $"Must be from 1 to {AudienceDefinition.MaxSeenWithinDays}.");
        }

        var after = request.After is null ? null : TimeField.Require(request.After, $"{Field}.after", errors);
        var before = request.Before is null ? null : TimeField.Require(request.Before, $"{Field}.before", errors);
        if (after >= before)
        {
            errors.Add(Field, "lastSeen.emptyRange", "after must be earlier than before.");
        }

        return (request.WithinDays, after, before);
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
