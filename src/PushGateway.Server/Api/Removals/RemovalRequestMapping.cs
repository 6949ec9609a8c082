using PushGateway.Core;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Removals;

/// <summary>Checks and maps what is asked about removals.</summary>
internal static class RemovalRequestMapping
{
    private const int MaxReasonLength = 100;
    private const int DefaultAllowForSeconds = 24 * 60 * 60;
    private const int MaxAllowForSeconds = 7 * 24 * 60 * 60;

    public static RemovalFilter MapFilter(IQueryCollection query, FieldErrors errors)
    {
        RemovalState? state = null;
        if (Text("state") is { } name)
        {
            var known = RemovalStates.All.Where(each => each.Name() == name).ToArray();
            if (known.Length == 0)
            {
                errors.Add("state", "state.unknown", $"Must be one of {string.Join(", ", RemovalStates.All.Select(each => each.Name()))}.");
            }
            else
            {
                state = known[0];
            }
        }

        var (device, eventId, reason) = (Text("device"), Text("event"), Text("reason"));
        CheckIds(device, eventId, reason, errors);
        return new RemovalFilter
        {
            Reason = reason,
            DeviceId = device,
            EventId = eventId,
            Provider = MapProvider(Text("provider"), errors),
            State = state,
        };

        string? Text(string parameter) => query.TryGetValue(parameter, out var values) ? values.ToString() : null;
    }

    public static RemovalFilter Map(UndoRequest request, FieldErrors errors)
    {
        var since = TimeField.Require(request.Since, "since", errors);
        var until = TimeField.Require(request.Until, "until", errors);
        if (since >= until)
        {
            errors.Add("until", "until.notLater", "Must be later than since.");
        }

        CheckIds(null, request.Event, request.Reason, errors);
        return new RemovalFilter
        {
            Since = since,
            Until = until,
            Reason = request.Reason,
            EventId = request.Event,
            Provider = MapProvider(request.Provider, errors),
        };
    }

    /// <returns>Meaningless when there are errors.</returns>
    public static (ProviderKind Provider, bool Apply, TimeSpan AllowFor)? Map(ReleaseRequest request, FieldErrors errors)
    {
        if (request.Provider is null)
        {
            errors.Add("provider", "field.missing", "Must be given.");
        }

        var provider = MapProvider(request.Provider, errors) ?? default;
        if (request.Decision is not ("apply" or "discard"))
        {
            errors.Add("decision", "decision.invalid", "Must be apply or discard.");
        }

        var apply = request.Decision == "apply";
        if (request.AllowForSeconds is < 0 or > MaxAllowForSeconds)
        {
            errors.Add("allowForSeconds", "allowForSeconds.outOfRange", $"Must be from 0 to {MaxAllowForSeconds}; it is {request.AllowForSeconds}.");
        }
        else if (request.AllowForSeconds is not null && !apply)
        {
            errors.Add("allowForSeconds", "allowForSeconds.notAllowed", "Goes with decision apply only.");
        }

        return errors.Any ? null : (provider, apply, TimeSpan.FromSeconds(request.AllowForSeconds ?? DefaultAllowForSeconds));
    }

    private static ProviderKind? MapProvider(string? name, FieldErrors errors)
    {
        if (name is null)
        {
            return null;
        }

        if (ProviderKinds.TryParse(name, out var provider))
        {
            return provider;
        }

        errors.Add("provider", "provider.unknown", $"Must be one of {string.Join(", ", ProviderKinds.All.Select(known => known.Name()))}.");
        return null;
    }

    private static void CheckIds(string? device, string? eventId, string? reason, FieldErrors errors)
    {
        if (device is not null && !Identifier.IsValid(device))
        {
            errors.Add("device", "id.invalid", $"Must have {Identifier.Rule}.");
        }

        if (eventId is not null && !Identifier.IsValid(eventId))
        {
            errors.Add("event", "id.invalid", $"Must have {Identifier.Rule}.");
        }

        if (reason is not null && (reason.Length is 0 or > MaxReasonLength || reason.Any(char.IsControl)))
        {
            errors.Add("reason", "reason.invalid", $"Must have 1 to {MaxReasonLength} characters, as a provider words it.");
        }
    }
}
