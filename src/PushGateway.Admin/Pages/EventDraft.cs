using System.Text.Json.Nodes;
using PushGateway.Core.Events;

namespace PushGateway.Admin.Pages;

internal enum DraftAudience
{
    All,
    Channel,
    Subscribers,
    Devices,
    Condition,
    Saved,
}

/// <summary>A text in another language.</summary>
internal sealed class DraftText
{
    public string Tag { get; set; } = string.Empty;

    public string Title { get; set; } = string.Empty;

    public string Body { get; set; } = string.Empty;
}

/// <summary>What is being written; becomes a body of the HTTP API, which has all the rules.</summary>
internal sealed class EventDraft
{
    public string? App { get; set; }

    public DraftAudience Kind { get; set; }

    /// <summary>Ids with commas between, a condition, or the name of a saved audience.</summary>
    public string Ids { get; set; } = string.Empty;

    public DraftFilter Filter { get; } = new();

    public string Type { get; set; } = "message.composed";

    public string Title { get; set; } = string.Empty;

    public string Body { get; set; } = string.Empty;

    public string ImageUrl { get; set; } = string.Empty;

    /// <summary>Name=value, one a line.</summary>
    public string Data { get; set; } = string.Empty;

    public List<DraftText> Languages { get; } = [];

    public string Priority { get; set; } = "normal";

    public long TtlSeconds { get; set; } = 86_400;

    public DraftSchedule Schedule { get; } = new();

    public int? MaxRate { get; set; }

    public string CollapseId { get; set; } = string.Empty;

    public bool Silent { get; set; }

    /// <summary>What the event had that the draft was made from, and the form cannot say.</summary>
    public IReadOnlyList<string> LeftOut { get; private set; } = [];

    public bool IsEmpty => string.IsNullOrWhiteSpace(Title) && string.IsNullOrWhiteSpace(Body) && !(Silent && !string.IsNullOrWhiteSpace(Data));

    public bool NamesNobody => Kind != DraftAudience.All && string.IsNullOrWhiteSpace(Ids);

    /// <summary>Begins from an event that was published; its time is over.</summary>
    public void TakeOver(PushEvent pushEvent)
    {
        var content = pushEvent.Notification;
        (Type, Title, Body, ImageUrl) = (pushEvent.Type, content.Title ?? string.Empty, content.Body ?? string.Empty, content.ImageUrl ?? string.Empty);
        Data = string.Join('\n', pushEvent.Data.Select(entry => $"{entry.Key}={entry.Value}"));
        (Priority, MaxRate, Silent) = (pushEvent.Options.Priority.ToString().ToLowerInvariant(), pushEvent.Options.MaxRatePerSecond, pushEvent.Options.Silent);
        Languages.AddRange(pushEvent.Localizations.Select(entry => new DraftText { Tag = entry.Key, Title = entry.Value.Title ?? string.Empty, Body = entry.Value.Body ?? string.Empty }));
        (Kind, Ids) = pushEvent.Audience.Kind switch
        {
            AudienceKind.Channels => (DraftAudience.Channel, string.Join(", ", pushEvent.Audience.Ids)),
            AudienceKind.Subscribers => (DraftAudience.Subscribers, string.Join(", ", pushEvent.Audience.Ids)),
            AudienceKind.Devices => (DraftAudience.Devices, string.Join(", ", pushEvent.Audience.Ids)),
            AudienceKind.All => (DraftAudience.All, string.Empty),

            // What the form cannot say is left to be chosen: a draft must not be for more people than what it was made from.
            _ => (DraftAudience.Channel, string.Empty),
        };
        TtlSeconds = (long)pushEvent.Options.Ttl.TotalSeconds;
        CollapseId = pushEvent.Options.CollapseId ?? string.Empty;
        if (!Filter.TakeOver(pushEvent.Filter))
        {
            (Kind, Ids) = (DraftAudience.Channel, string.Empty);
        }

        Schedule.TakeOver(pushEvent.Options);
        LeftOut = [.. NotSaid(pushEvent)];
    }

    private IEnumerable<string> NotSaid(PushEvent pushEvent)
    {
        if (NamesNobody)
        {
            yield return "whom it was for";
        }

        var (content, options) = (pushEvent.Notification, pushEvent.Options);
        if (content.Sound is not null || content.Badge is not null || content.ThreadId is not null || content.Category is not null ||
            pushEvent.Localizations.Values.Any(text => text.ImageUrl is not null || text.Sound is not null || text.Badge is not null || text.ThreadId is not null || text.Category is not null))
        {
            yield return "sound, badge, thread, category or pictures by language";
        }

        if (options.IgnoreQuietHours is not null || options.IgnoreCap is not null || options.ForbidsResend || options.Live is not null)
        {
            yield return "further options";
        }

        if (pushEvent.Apns is not null || pushEvent.Fcm is not null)
        {
            yield return "what was said for APNs or FCM alone";
        }
    }

    public JsonObject ToBody() => ToBody(Audience());

    public JsonObject ToTestBody(string device)
    {
        var body = ToBody(new JsonObject { ["devices"] = new JsonArray(device) });
        body.Remove("filter");
        var options = body["options"]!.AsObject();
        foreach (var wait in new[] { "sendAt", "localTime", "timeZone" })
        {
            options.Remove(wait);
        }

        return body;
    }

    public JsonObject ToCountBody()
    {
        var body = new JsonObject { ["audience"] = Audience() };
        AddFilter(body);
        return body;
    }

    private JsonObject ToBody(JsonObject audience)
    {
        var body = new JsonObject { ["type"] = Type.Trim(), ["audience"] = audience };
        AddFilter(body);
        if (!Silent)
        {
            body["notification"] = Content(Title, Body, ImageUrl);
            var languages = new JsonObject();
            foreach (var text in Languages.Where(text => text.Tag.Trim().Length > 0))
            {
                languages[text.Tag.Trim()] = Content(text.Title, text.Body, string.Empty);
            }

            if (languages.Count > 0)
            {
                body["localizations"] = languages;
            }
        }

        var data = new JsonObject();
        foreach (var line in Data.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            data[at < 0 ? line : line[..at].Trim()] = at < 0 ? string.Empty : line[(at + 1)..].Trim();
        }

        if (data.Count > 0)
        {
            body["data"] = data;
        }

        body["options"] = Options();
        return body;
    }

    private JsonObject Options()
    {
        var options = new JsonObject { ["priority"] = Priority, ["ttlSeconds"] = TtlSeconds };
        Schedule.AddTo(options);
        if (MaxRate is { } rate)
        {
            options["maxRatePerSecond"] = rate;
        }

        if (CollapseId.Trim().Length > 0)
        {
            options["collapseId"] = CollapseId.Trim();
        }

        if (Silent)
        {
            options["silent"] = true;
        }

        return options;
    }

    private JsonObject Audience()
    {
        string[] ids = Ids.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Kind switch
        {
            DraftAudience.All => new JsonObject { ["all"] = true },
            DraftAudience.Channel => new JsonObject { ["channels"] = Array(ids) },
            DraftAudience.Subscribers => new JsonObject { ["subscribers"] = Array(ids) },
            DraftAudience.Devices => new JsonObject { ["devices"] = Array(ids) },
            DraftAudience.Condition => new JsonObject { ["condition"] = Ids.Trim() },
            DraftAudience.Saved => new JsonObject { ["saved"] = Ids.Trim() },
            _ => throw new InvalidOperationException($"{Kind} is no audience."),
        };
    }

    private void AddFilter(JsonObject body)
    {
        if (Filter.ToBody() is { } filter)
        {
            body["filter"] = filter;
        }
    }

    private static JsonArray Array(IEnumerable<string> ids) => new([.. ids.Select(id => (JsonNode?)JsonValue.Create(id))]);

    private static JsonObject Content(string title, string body, string imageUrl)
    {
        var content = new JsonObject();
        Add("title", title);
        Add("body", body);
        Add("imageUrl", imageUrl);
        return content;

        void Add(string name, string value)
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                content[name] = value.Trim();
            }
        }
    }
}
