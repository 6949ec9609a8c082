using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Checks and maps what a publisher posted.</summary>
internal static class PublishRequestMapping
{
    private const int MaxApnsHeaders = 20;
    private const int MaxHeaderLength = 1_024;

    /// <param name="saved">The saved audience that the request names; <see langword="null"/> when it names none, or there is none.</param>
    /// <param name="defaultType">A CloudEvent's type, for a body without one.</param>
    /// <returns>Of no use when there are errors.</returns>
    public static PushEvent Map(string appId, PublishRequest request, AudienceDefinition? saved, string? defaultType, DateTimeOffset now, FieldErrors errors)
    {
        var type = request.Type ?? defaultType;
        if (!Identifier.IsValid(type))
        {
            errors.Add("type", type is null ? "field.missing" : "type.invalid", $"Must have {Identifier.Rule}.");
        }

        var definition = FilterMapping.Map(AudienceMapping.Map(request.Audience, saved, errors), request.Filter, errors);
        var notification = ContentMapping.Map(request.Notification, "notification", errors);
        var localizations = ContentMapping.MapLocalizations(request.Localizations, errors);
        var data = request.Data ?? new Dictionary<string, string>(0);
        ContentMapping.CheckData(data, errors);
        var options = OptionsMapping.Map(request.Options, now, errors);
        if (options.Live is LiveMode.Also or LiveMode.Only or LiveMode.First && definition.Audience.Kind != AudienceKind.Channels)
        {
            errors.Add("options.live", "live.noChannel", "Only an event for channels has live subscribers: the audience must be channel or channels.");
        }

        ContentMapping.CheckPresence(request, notification, options.Silent, errors);
        var apns = MapApns(request.Apns, errors);
        var pushEvent = new PushEvent
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            AppId = appId,
            Type = type ?? string.Empty,
            Audience = definition.Audience,
            Notification = notification,
            Localizations = localizations,
            Data = data,
            Options = options,
            Apns = apns,
            Fcm = request.Fcm,
            CreatedAt = now,
        };

        // What is said about the last days counts from when the event begins.
        return errors.Any ? pushEvent : pushEvent with { Filter = definition.FilterAt(pushEvent.StartsAt, saved) };
    }

    private static ApnsOverrides? MapApns(ApnsRequest? request, FieldErrors errors)
    {
        if (request is null)
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Headers?.Count > MaxApnsHeaders)
        {
            errors.Add("apns.headers", "headers.tooMany", $"At most {MaxApnsHeaders} headers; there are {request.Headers.Count}.");
            return null;
        }

        foreach (var (name, value) in request.Headers ?? new Dictionary<string, string>(0))
        {
            var field = $"apns.headers.{name}";
            if (name.Length is 0 or > MaxHeaderLength || !name.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
            {
                errors.Add(field, "header.invalid", "A header's name has letters, digits and hyphens.");
            }
            else if (value.Length > MaxHeaderLength || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                errors.Add(field, "header.invalid", $"A header's value has at most {MaxHeaderLength} visible ASCII characters.");
            }
            else if (!headers.TryAdd(name.ToLowerInvariant(), value))
            {
                errors.Add(field, "header.invalid", "The header is there in another spelling.");
            }
        }

        return new ApnsOverrides { Headers = headers, Payload = request.Payload };
    }
}
