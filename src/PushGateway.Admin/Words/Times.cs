using System.Globalization;

namespace PushGateway.Admin.Words;

/// <summary>Times and spans as people read them.</summary>
internal static class Times
{
    /// <summary>In UTC and whole, for whoever wants to be exact.</summary>
    public static string Absolute(DateTimeOffset at) => at.UtcDateTime.ToString("ddd d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var ago = now - at;
        return ago < TimeSpan.Zero ? (ago > TimeSpan.FromSeconds(-5) ? "now" : $"in {Rough(-ago)}") : ago < TimeSpan.FromSeconds(5) ? "just now" : $"{Rough(ago)} ago";
    }

    /// <summary>Exact for short ones: 0.42 s, 12.3 s, 4 min 12 s, 3 h 5 min.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 0.001 } => "0 s",
        { TotalSeconds: < 1 } => span.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + " ms",
        { TotalSeconds: < 60 } => span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { TotalMinutes: < 60 } => span.Seconds == 0 ? $"{span.Minutes} min" : $"{span.Minutes} min {span.Seconds} s",
        { TotalHours: < 48 } => span.Minutes == 0 ? $"{(int)span.TotalHours} h" : $"{(int)span.TotalHours} h {span.Minutes} min",
        _ => $"{(int)span.TotalDays} days",
    };

    private static string Rough(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s",
        { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min",
        { TotalHours: < 24 } => $"{(int)span.TotalHours} h",
        { TotalDays: < 2 } => "1 day",
        { TotalDays: < 60 } => $"{(int)span.TotalDays} days",
        _ => $"{(int)(span.TotalDays / 30)} months",
    };
}
