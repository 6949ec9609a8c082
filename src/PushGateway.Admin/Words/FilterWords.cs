using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Words;

/// <summary>What narrows an audience, in words.</summary>
internal static class FilterWords
{
    /// <returns>Empty when nothing does.</returns>
    public static string Describe(AudienceFilter filter)
    {
        List<string> words = [];
        var providers = filter.Providers & ProviderSet.All;
        if (providers != ProviderSet.All)
        {
            words.Add(providers == ProviderSet.None ? "no provider" : string.Join(" and ", ProviderKinds.All.Where(provider => providers.HasFlag(provider.AsSet())).Select(ProviderWords.Name)) + " only");
        }

        if (filter.Locales.Count > 0)
        {
            words.Add($"in {string.Join(", ", filter.Locales)}");
        }

        if (filter.TimeZones.Count > 0)
        {
            words.Add($"in the time zone {string.Join(" or ", filter.TimeZones.Take(5))}{(filter.TimeZones.Count > 5 ? " …" : null)}");
        }

        if (filter.AppVersions is { } versions)
        {
            words.Add($"version {string.Join(" and ", new[] { versions.From is { } from ? $"from {from}" : null, versions.To is { } to ? $"below {to}" : null }.Where(part => part is not null))}");
        }

        words.AddRange(filter.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => tag.Value switch
        {
            { IsThere: false } => $"without tag {tag.Key}",
            { Values: { } values } => $"{tag.Key} is {string.Join(" or ", values)}",
            _ => $"with tag {tag.Key}",
        }));
        if (filter.SeenFrom is { } since)
        {
            words.Add($"seen since {Times.Absolute(since)}");
        }

        if (filter.SeenBefore is { } before)
        {
            words.Add($"not seen since {Times.Absolute(before)}");
        }

        if (filter.Also is { } also && Describe(also) is { Length: > 0 } more)
        {
            words.Add(more);
        }

        return string.Join("; ", words);
    }

    public static string Describe(AudienceDefinition definition)
    {
        var filter = Describe(definition.Filter);
        var seen = definition.SeenWithinDays is { } days ? $"seen within {Numbers.Of(days, "day")}" : null;
        return string.Join("; ", new[] { AudienceWords.Describe(definition.Audience), filter.Length > 0 ? filter : null, seen }.Where(part => part is not null));
    }
}
