using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;

namespace PushGateway.Server.Cli;

/// <summary>The options that say who an event is for.</summary>
internal sealed class AudienceOptions
{
    public const string Names = "--channel, --subscriber, --device, --all, --condition or --saved";

    private readonly Option<string[]> _channels = new("--channel") { Description = "To the subscribers of a channel; may be repeated", HelpName = "channel" };
    private readonly Option<string[]> _subscribers = new("--subscriber") { Description = "To a subscriber; may be repeated", HelpName = "subscriber" };
    private readonly Option<string[]> _devices = new("--device") { Description = "To a device; may be repeated", HelpName = "device" };
    private readonly Option<bool> _all = new("--all") { Description = "To every device of the app" };
    private readonly Option<string?> _condition = new("--condition") { Description = "To those for whom it holds: \"'a' in channels && !('b' in channels)\"", HelpName = "condition" };
    private readonly Option<string?> _saved = new("--saved") { Description = "To a saved audience", HelpName = "name" };
    private readonly Option<string[]> _tags = new("--tag")
    {
        Description = "Only devices with the tag, of that value when one is given; repeated for one tag: of one of the values",
        HelpName = "name[=value]",
    };

    private readonly Option<string[]> _withoutTags = new("--without-tag") { Description = "Only devices without the tag; may be repeated", HelpName = "name" };
    private readonly Option<string[]> _locales = new("--locale") { Description = "Only devices of the language, en for en-US too; may be repeated", HelpName = "tag" };
    private readonly Option<string?> _fromVersion = new("--from-version") { Description = "Only devices with this version of the app or a later one", HelpName = "version" };
    private readonly Option<string?> _belowVersion = new("--below-version") { Description = "Only devices with an earlier version of the app", HelpName = "version" };
    private readonly Option<int?> _seenWithin = new("--seen-within") { Description = "Only devices that registered within so many days before the event begins", HelpName = "days" };

    private IEnumerable<Option> Audiences => [_channels, _subscribers, _devices, _all, _condition, _saved];

    public IEnumerable<Option> All => [.. Audiences, _tags, _withoutTags, _locales, _fromVersion, _belowVersion, _seenWithin];

    /// <summary>How many kinds of audience are given.</summary>
    public int Count(CommandResult result) => Audiences.Count(option => result.GetResult(option) is not null);

    /// <returns><see langword="null"/> when none is given.</returns>
    public JsonObject? Audience(ParseResult parsed)
    {
        if (parsed.GetValue(_all))
        {
            return new JsonObject { ["all"] = true };
        }

        if (parsed.GetValue(_condition) is { } condition)
        {
            return new JsonObject { ["condition"] = condition };
        }

        if (parsed.GetValue(_saved) is { } saved)
        {
            return new JsonObject { ["saved"] = saved };
        }

        if (parsed.GetValue(_channels) is { Length: > 0 } channels)
        {
            return channels.Length == 1 ? new JsonObject { ["channel"] = channels[0] } : new JsonObject { ["channels"] = ToArray(channels) };
        }

        if (parsed.GetValue(_subscribers) is { Length: > 0 } subscribers)
        {
            return new JsonObject { ["subscribers"] = ToArray(subscribers) };
        }

        return parsed.GetValue(_devices) is { Length: > 0 } devices ? new JsonObject { ["devices"] = ToArray(devices) } : null;
    }

    /// <summary>The members of the filter that are given.</summary>
    public (string Name, JsonNode? Value)[] Filter(ParseResult parsed) =>
    [
        ("locales", parsed.GetValue(_locales) is { Length: > 0 } locales ? ToArray(locales) : null),
        ("tags", Tags(parsed)),
        ("appVersion", Object(("from", parsed.GetValue(_fromVersion)), ("to", parsed.GetValue(_belowVersion)))),
        ("lastSeen", Object(("withinDays", parsed.GetValue(_seenWithin)))),
    ];

    private JsonObject? Tags(ParseResult parsed)
    {
        var given = (parsed.GetValue(_tags) ?? []).Select(tag => tag.Split('=', 2)).GroupBy(tag => tag[0], StringComparer.Ordinal);
        var tags = new List<(string, JsonNode?)>();
        foreach (var tag in given)
        {
            var values = tag.Where(pair => pair.Length == 2).Select(pair => pair[1]).ToArray();
            tags.Add((tag.Key, values.Length switch { 0 => true, 1 => values[0], _ => ToArray(values) }));
        }

        return Object([.. tags, .. (parsed.GetValue(_withoutTags) ?? []).Select(name => (name, (JsonNode?)false))]);
    }

    private static JsonObject? Object(params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        JsonObject? made = null;
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                (made ??= [])[name] = value;
            }
        }

        return made;
    }

    private static JsonArray ToArray(string[] texts) => [.. texts.Select(text => (JsonNode?)text)];
}
