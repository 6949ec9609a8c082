using System.Globalization;

namespace PushGateway.Benchmarks.Reporting;

/// <summary>Least, median and greatest of the same figure over several rounds.</summary>
internal readonly record struct Spread(double Min, double Median, double Max)
{
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            throw new ArgumentException("There is no value.", nameof(values));
        }

        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[^1]);
    }

    /// <param name="format">A standard format, such as <c>N1</c>.</param>
    public string ToText(string format) =>
        string.Join(" / ", new[] { Min, Median, Max }.Select(value => value.ToString(format, CultureInfo.InvariantCulture)));
}
