using PushGateway.FaultTests.Runs;

namespace PushGateway.FaultTests;

/// <summary>Runs decided by a seed. Without more words a short set; <c>tests/faults.sh</c> asks for others.</summary>
public sealed class SeededRunTests
{
    private const string ReportVariable = "PUSHGATEWAY_FAULT_REPORT";

    // One run of crashes, one of network faults, one of both.
    private const int FirstShortSeed = 19;
    private const int ShortRuns = 3;

    public static IEnumerable<TheoryDataRow<int>> RunSeeds() => Seeds.From(FirstShortSeed, ShortRuns);

    [Theory]
    [MemberData(nameof(RunSeeds))]
    public async Task Run_OfASeed_LosesNothingAndRepeatsWithinTheBound(int seed)
    {
        var plan = FaultPlan.Of(seed, Seeds.Scale);
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
                $"{failure.Message}\nThe same again: {Seeds.ScaleVariable}={plan.Scale} bash tests/faults.sh 1 {seed}\n{plan}\nThe gateway's log:\n{run.Output}", failure);
        }
    }
}
