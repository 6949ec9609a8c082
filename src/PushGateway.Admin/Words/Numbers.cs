using System.Globalization;

namespace PushGateway.Admin.Words;

/// <summary>Numbers as people read them. One way for all: 1,234,567.</summary>
internal static class Numbers
{
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>With its noun: 1 device, 1,234 devices.</summary>
    public static string Of(long value, string noun) => $"{Count(value)} {noun}{(value == 1 ? string.Empty : "s")}";

    public static string Rate(double value) => value switch
    {
        <= 0 => "0",
        < 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>Never rounds up to 100 nor down to 0 what is not.</summary>
    public static string Percent(long part, long whole)
    {
        if (whole <= 0)
        {
            return "–";
        }

        var percent = 100.0 * part / whole;
        return percent switch
        {
            0 or 100 => percent.ToString("0", CultureInfo.InvariantCulture) + " %",
            < 0.1 => "< 0.1 %",
            > 99.9 => "> 99.9 %",
            _ => percent.ToString(percent is < 10 or > 90 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %",
        };
    }

    public static string Bytes(long value) => value switch
    {
        < 1_000 => $"{value} bytes",
        < 1_000_000 => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
        < 1_000_000_000 => (value / 1e6).ToString("0", CultureInfo.InvariantCulture) + " MB",
        < 1_000_000_000_000 => (value / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB",
        _ => (value / 1e12).ToString("0.0", CultureInfo.InvariantCulture) + " TB",
    };
}
