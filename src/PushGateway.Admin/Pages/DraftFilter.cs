using System.Text.Json.Nodes;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Pages;

/// <summary>What is asked of a tag.</summary>
internal enum TagAsked
{
    Is,
    OneOf,
    There,
    NotThere,
}

/// <summary>One tag that an audience is narrowed by.</summary>
internal sealed class DraftTag
{
    public string Name { get; set; } = string.Empty;

    public TagAsked Asked { get; set; }

    /// <summary>The value, or several with commas between.</summary>
    public string Value { get; set; } = string.Empty;

    public bool AsksForValue => Asked is TagAsked.Is or TagAsked.OneOf;
}

/// <summary>What narrows the audience that is being written; empty fields do not.</summary>
internal sealed class DraftFilter
{
    public string Provider { get; set; } = string.Empty;

    /// <summary>With commas between.</summary>
    public string Locales { get; set; } = string.Empty;

    /// <summary>With commas between.</summary>
    public string TimeZones { get; set; } = string.Empty;

    public string VersionFrom { get; set; } = string.Empty;

    public string VersionTo { get; set; } = string.Empty;

    public int? SeenWithinDays { get; set; }

    public List<DraftTag> Tags { get; } = [];

    /// <summary>A tag that is asked for twice, which the API's body cannot say; <see langword="null"/> when none is.</summary>
    public string? RepeatedTag => Tags.Select(tag => tag.Name.Trim()).Where(name => name.Length > 0)
        .GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(names => names.Skip(1).Any())?.Key;

    /// <summary>Whether more than the provider is asked for.</summary>
    public bool IsDetailed => Locales.Length + TimeZones.Length + VersionFrom.Length + VersionTo.Length > 0 || SeenWithinDays is not null || Tags.Count > 0;

    /// <summary>Begins from the filter of an event.</summary>
    /// <returns><see langword="false"/> when the form cannot say it; what it can is taken over all the same.</returns>
    public bool TakeOver(AudienceFilter filter)
    {
        var providers = filter.Providers & ProviderSet.All;
        Provider = providers == ProviderKind.Apns.AsSet() ? "apns" : providers == ProviderKind.Fcm.AsSet() ? "fcm" : string.Empty;
        (Locales, TimeZones) = (string.Join(", ", filter.Locales), string.Join(", ", filter.TimeZones));
        (VersionFrom, VersionTo) = (filter.AppVersions?.From ?? string.Empty, filter.AppVersions?.To ?? string.Empty);
        Tags.AddRange(filter.Tags.Select(tag => new DraftTag
        {
            Name = tag.Key,
            Asked = tag.Value switch { { IsThere: false } => TagAsked.NotThere, { Values: null } => TagAsked.There, { Values.Count: 1 } => TagAsked.Is, _ => TagAsked.OneOf },
            Value = string.Join(", ", tag.Value.Values ?? []),
        }));

        // A comma is where the form ends a value. When devices were last seen is kept as an instant, and the form counts days.
        return providers != ProviderSet.None && filter is { Also: null, SeenFrom: null, SeenBefore: null } &&
            filter.Tags.Values.All(tag => tag.Values is not { Count: not 1 } values || values.All(value => !value.Contains(',', StringComparison.Ordinal) && value.Trim() == value));
    }

    /// <returns><see langword="null"/> when nothing narrows.</returns>
    public JsonObject? ToBody()
    {
        var body = new JsonObject();
        if (Provider.Length > 0)
        {
            body["providers"] = new JsonArray(Provider);
        }

        AddList("locales", Locales);
        AddList("timeZones", TimeZones);
        var versions = new JsonObject();
        AddText(versions, "from", VersionFrom);
        AddText(versions, "to", VersionTo);
        if (versions.Count > 0)
        {
            body["appVersion"] = versions;
        }

        var tags = new JsonObject();
        foreach (var tag in Tags.Where(tag => tag.Name.Trim().Length > 0))
        {
            tags[tag.Name.Trim()] = tag.Asked switch
            {
                TagAsked.There => JsonValue.Create(true),
                TagAsked.NotThere => JsonValue.Create(false),
                TagAsked.OneOf => Several(tag.Value),
                _ => JsonValue.Create(tag.Value),
            };
        }

        if (tags.Count > 0)
        {
            body["tags"] = tags;
        }

        if (SeenWithinDays is { } days)
        {
            body["lastSeen"] = new JsonObject { ["withinDays"] = days };
        }

        return body.Count == 0 ? null : body;

        void AddList(string name, string text)
        {
            if (Several(text) is { Count: > 0 } values)
            {
                body[name] = values;
            }
        }
    }

    private static JsonArray Several(string text) =>
        new([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(value => (JsonNode?)JsonValue.Create(value))]);

    private static void AddText(JsonObject body, string name, string text)
    {
        if (text.Trim() is { Length: > 0 } given)
        {
            body[name] = given;
        }
    }
}
