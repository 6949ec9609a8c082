using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Checks and maps who an event is for.</summary>
internal static class AudienceMapping
{
    private const string Kinds = "channel, channels, subscribers, devices, all, condition, saved";

    /// <param name="saved">The saved audience that it names; <see langword="null"/> when it names none, or there is none.</param>
    /// <returns>Of no use when there are errors.</returns>
    public static Audience Map(AudienceRequest? request, AudienceDefinition? saved, FieldErrors errors)
    {
        if (request is null)
        {
            errors.Add("audience", "audience.missing", $"Must be given, with exactly one of {Kinds}.");
            return Audience.All;
        }

        string?[] given =
        [
            request.Channel is null ? null : "channel", request.Channels is null ? null : "channels",
            request.Subscribers is null ? null : "subscribers", request.Devices is null ? null : "devices", request.All is null ? null : "all",
            request.Condition is null ? null : "condition", request.Saved is null ? null : "saved",
        ];
        var names = given.OfType<string>().ToArray();
        if (names.Length != 1)
        {
            errors.Add(
                "audience", names.Length == 0 ? "audience.missing" : "audience.ambiguous",
                $"Must have exactly one of {Kinds}; it has {(names.Length == 0 ? "none" : string.Join(" and ", names))}.");
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
            case "condition":
                return MapCondition(request.Condition!, field, errors);
            case "saved":
                if (FieldRules.RequireId(request.Saved, field, errors) && saved is null)
                {
                    errors.Add(field, "audience.savedUnknown", "The app has no saved audience of this name.");
                }

                return saved?.Audience ?? Audience.All;
            default:
                if (request.All is false)
                {
                    errors.Add(field, "audience.missing", "Must be true, or another member be given in its place.");
                }

                return Audience.All;
        }
    }

    private static Audience MapCondition(string text, string field, FieldErrors errors)
    {
        if (ChannelCondition.TryParse(text, out var condition, out var problem))
        {
            return Audience.Where(condition);
        }

        errors.Add(
            field, problem.IsLimit ? "audience.conditionTooLarge" : "audience.conditionInvalid",
            $"Wrong at character {problem.Position}: {problem.Detail}.");
        return Audience.All;
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
}
