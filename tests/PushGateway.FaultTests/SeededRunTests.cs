using System.Globalization;
using PushGateway.FaultTests.Runs;

namespace PushGateway.FaultTests;

/// <summary>Runs decided by a seed. Without more words a short set; <c>tests/faults.sh</c> asks for others.</summary>
public sealed class SeededRunTests
{
    private const string RunsVariable = "PUSHGATEWAY_FAULT_RUNS";
    private const string SeedVariable = "PUSHGATEWAY_FAULT_SEED";
    private const string ScaleVariable = "PUSHGATEWAY_FAULT_SCALE";
    private const string ReportVariable = "PUSHGATEWAY_FAULT_REPORT";

    public static IEnumerable<TheoryDataRow<int>> Seeds()
    {
        var first = Number(SeedVariable, 1);
        return Enumerable.Range(first, Number(RunsVariable, 5)).Select(seed => new TheoryDataRow<int>(seed));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Run_OfASeed_LosesNothingAndRepeatsWithinTheBound(int seed)
    {
        var scale = Number(ScaleVariable, 1);
        var plan = FaultPlan.Of(seed, scale);
        await using var run = await FaultRun.PrepareAsync(plan);
        try
        {
            var report = await run.PlayAsync();
            TestContext.Current.TestOutputHelper?.WriteLine(FaultReport.Header + "\n" + report.ToLine());
            if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } file)
            {
                await File.AppendAllTextAsync(file, report.ToLine() + "\n", TestContext.Current.CancellationToken);
            }
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"{failure.Message}\nThe same again: {ScaleVariable}={scale} bash tests/faults.sh 1 {seed}\n{plan}\nThe gateway's log:\n{run.Output}", failure);
        }
    }

    private static int Number(string variable, int fallback) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
