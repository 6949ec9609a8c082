using PushGateway.FaultTests.Runs;

namespace PushGateway.FaultTests.Live;

/// <summary>
/// Clients of every transport, also those of SignalR that are made of requests, follow the channels of a single gateway on SQLite that is killed again and again: each ends with exactly what was
/// published, or was told what it is missing. Short unless the environment asks for more.
/// </summary>
public sealed class SoleLiveFaultTests
{
    // With next to no history: whoever stays away is told, and the others have everything.
    private const int FirstShortSeed = 5;
    private const int ShortRuns = 1;

    public static IEnumerable<TheoryDataRow<int>> RunSeeds() => Seeds.From(FirstShortSeed, ShortRuns);

    [Theory]
    [MemberData(nameof(RunSeeds))]
    public async Task Follow_SoleGatewayKilledAgainAndAgain_EndsWithTheWholeSequenceOrIsTold(int seed)
    {
        var plan = LiveFaultPlan.OfSole(seed, Seeds.Scale);
        await using var rig = await LiveFaultRig.StartSoleAsync(plan);
        await new LiveFaultRun(plan, rig).PlayAndTellAsync($"live-sole-{seed}");
    }
}
