using PushGateway.FaultTests.Runs;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.FaultTests.Nodes;

/// <summary>Several gateways on one store, and a seed decides what happens to them. Without more words a short set; <c>tests/faults.sh nodes</c> asks for others.</summary>
public sealed class SeededNodesTests(PostgreSqlServer server)
{
    private const string ReportVariable = "PUSHGATEWAY_FAULT_REPORT";

    // One with a database that goes away, and a gentle one; kills and freezes have their own cases in ManyNodesTests.
    private const int FirstShortSeed = 7;
    private const int ShortRuns = 2;

    public static IEnumerable<TheoryDataRow<int>> RunSeeds() => Seeds.From(FirstShortSeed, ShortRuns);

    [Theory]
    [MemberData(nameof(RunSeeds))]
    public async Task Run_OfASeed_LosesNothingAndRepeatsWithinTheBound(int seed)
    {
        var plan = NodesPlan.Of(seed, Seeds.Scale);
        await using var run = await NodesRun.PrepareAsync(plan, server);
        try
        {
            var line = await run.PlayAsync();
            TestContext.Current.TestOutputHelper?.WriteLine(NodesReport.Header + "\n" + line);
            if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } file)
            {
                await File.AppendAllTextAsync(file, line + "\n", TestContext.Current.CancellationToken);
            }
        }
        catch (Exception failure)
        {
            var folder = await run.Rig.SaveAsync($"nodes-{seed}");
            throw new InvalidOperationException(
                $"{failure.Message}\nThe same again: {Seeds.ScaleVariable}={plan.Scale} bash tests/faults.sh nodes 1 {seed}\n{plan}\n{run.Diary}\nThe gateways' logs and their store: {folder}", failure);
        }
    }
}
