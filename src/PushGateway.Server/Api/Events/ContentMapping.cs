using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Checks and maps what a notification shows and carries. Whether it fits a provider is for the provider to say.</summary>
internal static class ContentMapping
{
    public const int MaxLocalizations = 100;
    public const int MaxDataEntries = 100;

    /// <summary>No provider takes a payload near this; it only keeps a single field from being absurd.</summary>
    public const int MaxTextLength = 8_192;

    private const int MaxUrlLength = 2_048;
    private const int MaxWordLength = 256;
    private const int MaxDataNameLength = 128;

    public static NotificationContent Map(ContentRequest? request, string field, FieldErrors errors)
    {
        if (request is null)
        {
            return new NotificationContent();
        }

        FieldRules.CheckLength(request.Title, $"{field}.title", MaxTextLength, errors);
        FieldRules.CheckLength(request.Body, $"{field}.body", MaxTextLength, errors);
        FieldRules.CheckLength(request.Sound, $"{field}.sound", MaxWordLength, errors);
        FieldRules.CheckLength(request.ThreadId, $"{field}.threadId", MaxWordLength, errors);
        FieldRules.CheckLength(request.Category, $"{field}.category", MaxWordLength, errors);
        if (request.ImageUrl is { } url && (url.Length > MaxUrlLength || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http")))
        {
            errors.Add($"{field}.imageUrl", "imageUrl.invalid", $"Must be an http or https URL of at most {MaxUrlLength} characters.");
        }

        if (request.Badge < 0)
        {
            errors.Add($"{field}.badge", "badge.outOfRange", "Must be 0 or more.");
        }

        return new NotificationContent
        {
            Title = request.Title,
            Body = request.Body,
            ImageUrl = request.ImageUrl,
            Sound = request.Sound,
            Badge = request.Badge,
            ThreadId = request.ThreadId,
            Category = request.Category,
        };
    }

    /// <returns>By normalized tag, in the order given.</returns>
    public static Dictionary<string, NotificationContent> MapLocalizations(IReadOnlyDictionary<string, ContentRequest>? request, FieldErrors errors)
    {
        var localizations = new Dictionary<string, NotificationContent>(StringComparer.Ordinal);
        if (request is null)
        {
            return localizations;
        }

        if (request.Count > MaxLocalizations)
        {
            errors.Add("localizations", "localizations.tooMany", $"At most {MaxLocalizations} localizations; there are {request.Count}.");
            return localizations;
        }

        foreach (var (locale, content) in request)
        {
            var field = $"localizations.{locale}";
            if (!LocaleTag.TryNormalize(locale, out var tag))
            {
                errors.Add(field, "locale.invalid", $"Must be {LocaleTag.Rule}.");
            }
            else if (!localizations.TryAdd(tag, Map(content, field, errors)))
            {
                errors.Add(field, "locale.duplicate", "The same tag is there in another spelling.");
            }
        }

        return localizations;
    }

    public static void CheckData(IReadOnlyDictionary<string, string> data, FieldErrors errors)
    {
        if (data.Count > MaxDataEntries)
        {
            errors.Add("data", "data.tooMany", $"At most {MaxDataEntries} entries; there are {data.Count}.");
            return;
        }

        foreach (var (name, value) in data)
        {
            if (name.Length is 0 or > MaxDataNameLength)
            {
                errors.Add($"data.{name}", "data.invalidName", $"A name has 1 to {MaxDataNameLength} characters.");
            }
            else if (PayloadKeys.IsReserved(name))
            {
                errors.Add($"data.{name}", "data.reserved", PayloadKeys.Rule);
            }

            FieldRules.CheckLength(value, $"data.{name}", MaxTextLength, errors);
        }
    }

    /// <summary>An alert has something to show, in its own text or in the providers' own fields; a silent event has only data.</summary>
    public static void CheckPresence(PublishRequest request, NotificationContent content, bool isSilent, FieldErrors errors)
    {
        if (isSilent)
        {
            if (content != new NotificationContent() || request.Localizations is { Count: > 0 })
            {
                errors.Add("notification", "notification.notAllowed", "A silent event shows nothing: it has no notification and no localizations.");
            }

            return;
        }

        // A badge alone is something to show: it changes the app's icon.
        if (string.IsNullOrEmpty(content.Title) && string.IsNullOrEmpty(content.Body) && content.Badge is null &&
            request.Apns?.Payload is null && request.Fcm is null)
        {
            errors.Add("notification", "notification.empty", "Needs a title, a body or a badge; or set options.silent.");
        }
    }
}
