using System.Globalization;

namespace PushGateway.FaultTests.Runs;

/// <summary>Which seeds are played: a short set unless <c>tests/faults.sh</c> asks for others.</summary>
internal static class Seeds
{
    public const string ScaleVariable = "PUSHGATEWAY_FAULT_SCALE";

    private const string RunsVariable = "PUSHGATEWAY_FAULT_RUNS";
    private const string SeedVariable = "PUSHGATEWAY_FAULT_SEED";

    /// <summary>How long a run is, in multiples of a short one.</summary>
    public static int Scale => Number(ScaleVariable, 1);

    /// <param name="first">Of the short set.</param>
    /// <param name="count">Of the short set.</param>
    public static IEnumerable<TheoryDataRow<int>> From(int first, int count) =>
        Enumerable.Range(Number(SeedVariable, first), Number(RunsVariable, count)).Select(seed => new TheoryDataRow<int>(seed));

    private static int Number(string variable, int fallback) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
