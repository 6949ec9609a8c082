using System.Globalization;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api;

/// <summary>The rule for fields with an instant: RFC 3339 with an offset.</summary>
internal static class TimeField
{
    private static readonly string[] s_formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Adds an error when the text is missing or no instant.</summary>
    public static DateTimeOffset? Require(string? text, string field, FieldErrors errors)
    {
        if (text is null)
        {
            errors.Add(field, "field.missing", "Must be given.");
            return null;
        }

        // Without an offset it would mean this machine's time zone, which no caller knows.
        var hasOffset = text.Length > 6 && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-');
        if (hasOffset && DateTimeOffset.TryParseExact(text.ToUpperInvariant(), s_formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
        {
            return at.ToUniversalTime();
        }

        errors.Add(field, "time.invalid", "Must be an RFC 3339 time with an offset, such as 2026-01-31T09:30:00Z.");
        return null;
    }
}
