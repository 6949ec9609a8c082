using PushGateway.FaultTests.Runs;
using PushGateway.Server.Tests.RabbitMq;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.FaultTests.Live;

/// <summary>
/// Clients of every transport follow channels while gateways, their store's connections, the broker and the clients' networks are broken: each ends with exactly what was published, or was told
/// what it is missing. Short unless the environment asks for more; a scale of 20 is the whole.
/// </summary>
public sealed class LiveFaultTests(PostgreSqlServer server, RabbitMqServer broker) : IClassFixture<RabbitMqServer>
{
    // One run with the whole history, one with next to none.
    private const int FirstShortSeed = 4;
    private const int ShortRuns = 2;

    public static IEnumerable<TheoryDataRow<int>> RunSeeds() => Seeds.From(FirstShortSeed, ShortRuns);

    [Theory]
    [MemberData(nameof(RunSeeds))]
    public async Task Follow_EverythingBreaks_EndsWithTheWholeSequenceOrIsTold(int seed)
    {
        var plan = LiveFaultPlan.Of(seed, Seeds.Scale);
        await using var rig = await LiveFaultRig.StartAsync(plan, server, broker);
        await new LiveFaultRun(plan, rig).PlayAndTellAsync($"live-{seed}");
    }
}
