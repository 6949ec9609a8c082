using System.Globalization;

namespace PushGateway.Admin.Words;

/// <summary>Where the ticks of a chart's axis are and what they say.</summary>
internal static class Axis
{
    private static readonly int[] s_factors = [1, 2, 5, 10];

    private static readonly double[] s_seconds =
    [
        .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
    ];

    /// <summary>Numbers from 0 to the first step at or above <paramref name="max"/>, which is the axis' end; about four steps of 1, 2 or 5 times a power of ten, whole ones.</summary>
    public static IReadOnlyList<(double Value, string Text)> Counts(double max)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(max, 1) / 4)));
        var step = Math.Max(1, s_factors.Select(factor => factor * power).First(step => step * 4 >= Math.Max(max, 1) * .999));
        var ticks = new List<(double, string)>();
        for (var count = 0; ticks.Count == 0 || (count - 1) * step < max; count++)
        {
            ticks.Add((count * step, Short(count * step)));
        }

        if (ticks.Count == 1)
        {
            ticks.Add((step, Short(step)));
        }

        return ticks;
    }

    /// <summary>Times from 0 to at most <paramref name="end"/> seconds, at most seven.</summary>
    public static IReadOnlyList<(double Value, string Text)> Spans(double end)
    {
        var step = s_seconds.FirstOrDefault(step => end / step <= 6, s_seconds[^1] * Math.Ceiling(end / s_seconds[^1] / 6));
        return [.. Enumerable.Range(0, (int)Math.Floor((end / step) + 1e-9) + 1).Select(index => (index * step, Span(index * step, step)))];
    }

    /// <summary>250, 1,500, 20 k, 1.5 M.</summary>
    public static string Short(double value) => value switch
    {
        < 10_000 => value.ToString("#,0.#", CultureInfo.InvariantCulture),
        < 1_000_000 => (value / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + " k",
        < 1_000_000_000 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        _ => (value / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + " G",
    };

    private static string Span(double seconds, double step) => seconds == 0 ? "0" : step switch
    {
        < 1 when seconds < 1 => Text(seconds * 1_000, "ms"),
        < 60 => Text(seconds, "s"),
        < 3_600 => Text(seconds / 60, "min"),
        < 86_400 => Text(seconds / 3_600, "h"),
        _ => Text(seconds / 86_400, "d"),
    };

    private static string Text(double value, string unit) => $"{value.ToString("0.###", CultureInfo.InvariantCulture)} {unit}";
}
