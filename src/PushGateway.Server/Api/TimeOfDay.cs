using System.Globalization;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api;

/// <summary>The form of times of day: <c>18:00</c>.</summary>
internal static class TimeOfDay
{
    private const string Format = "HH:mm";

    /// <returns><see langword="null"/> when the text is <see langword="null"/> or no time, which is an error.</returns>
    public static TimeOnly? Map(string? text, string field, string code, FieldErrors errors)
    {
        if (text is null)
        {
            return null;
        }

        if (TimeOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time;
        }

        errors.Add(field, code, "Must be a time of day from 00:00 to 23:59, with two digits each, such as 18:00.");
        return null;
    }

    public static string Write(TimeOnly time) => time.ToString(Format, CultureInfo.InvariantCulture);
}
