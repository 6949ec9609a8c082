using PushGateway.Core.Apps;
using PushGateway.Core.Time;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Apps;

/// <summary>Checks what is said about an app.</summary>
internal static class AppRequestMapping
{
    /// <returns><see langword="null"/> when there are errors.</returns>
    public static (string Name, AppLimits Limits)? Map(AppRequest request, FieldErrors errors)
    {
        FieldRules.RequireName(request.Name, "name", errors);
        if (request.MaxRatePerSecond is < 1 or > AppLimits.GreatestRate)
        {
            errors.Add("maxRatePerSecond", "maxRatePerSecond.outOfRange", $"Must be from 1 to {AppLimits.GreatestRate}.");
        }

        if (request.MaxPerSubscriberPerDay is < 1 or > AppLimits.MostPerDay)
        {
            errors.Add(
                "maxPerSubscriberPerDay", "maxPerSubscriberPerDay.outOfRange",
                $"Must be from 1 to {AppLimits.MostPerDay}; without it there is no cap. It is {request.MaxPerSubscriberPerDay}.");
        }

        var limits = new AppLimits
        {
            QuietHours = MapQuietHours(request.QuietHours, errors),
            MaxRatePerSecond = request.MaxRatePerSecond,
            MaxPerSubscriberPerDay = request.MaxPerSubscriberPerDay,
        };
        return errors.Any ? null : (request.Name!, limits);
    }

    public static QuietHoursBody? ToBody(QuietHours? quiet) => quiet is null ? null : new QuietHoursBody
    {
        From = TimeOfDay.Write(quiet.From),
        To = TimeOfDay.Write(quiet.To),
        TimeZone = quiet.TimeZone,
    };

    private static QuietHours? MapQuietHours(QuietHoursBody? body, FieldErrors errors)
    {
        if (body is null)
        {
            return null;
        }

        var from = MapTime(body.From, "quietHours.from", errors);
        var to = MapTime(body.To, "quietHours.to", errors);
        if (from is not null && from == to)
        {
            errors.Add("quietHours.to", "quietHours.empty", "Must be another time than quietHours.from: to send nothing at all, pause the events.");
        }

        KnownTimeZone.Check(body.TimeZone, "quietHours.timeZone", errors);
        return from is { } first && to is { } end ? new QuietHours(first, end, body.TimeZone) : null;
    }

    private static TimeOnly? MapTime(string? text, string field, FieldErrors errors)
    {
        if (text is null)
        {
            errors.Add(field, "field.missing", "Must be given.");
        }

        return TimeOfDay.Map(text, field, "quietHours.invalid", errors);
    }
}
