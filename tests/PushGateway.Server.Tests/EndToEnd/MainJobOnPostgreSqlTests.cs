using PushGateway.Client.Events;
using PushGateway.Simulator;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.Server.Tests.EndToEnd;

public sealed class MainJobOnPostgreSqlTests(PostgreSqlServer server) : MainJobTests
{
    [Fact]
    public async Task Frozen_InMidBroadcast_IsTakenOverAndGetsItsPartAgain()
    {
        const int InFlight = 500;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        var keys = Directory.CreateTempSubdirectory("pushgateway-keys-");
        (string, string)[] settings =
        [
            .. await NewStoreAsync(), ("PushGateway__Storage__LeaseDuration", "00:00:03"), ("PushGateway__DataProtection__KeysDirectory", keys.FullName),
            ("PushGateway__Dispatch__PageSize", "50"), ("PushGateway__Dispatch__MaxDevicesInFlight", $"{InFlight}"),
        ];
        await using var first = await GatewayProcess.StartAsync(settings);
        var app = await SetUpAsync(first, simulator);
        await ImportAsync(app, 6_000);
        var published = await app.PublishAsync(NewVideo with { Options = new EventRequestOptions { MaxRatePerSecond = 2_000 } }, null, Cancelled);
        await WhenAcceptedAsync(simulator, 1_000);

        await first.FreezeAsync();
        var frozen = TimeProvider.System.GetTimestamp();
        await using var second = await GatewayProcess.StartAsync(settings);
        var final = await EndAsync(second.Client.App("demo"), published.Event.Id);
        Assert.InRange(TimeProvider.System.GetElapsedTime(frozen), TimeSpan.Zero, TimeSpan.FromSeconds(40));

        Assert.Equal(new EventCounts { Targeted = 6_000, Accepted = 6_000 }, final.Counts);
        await first.WakeAsync();

        // It has its part again, and what it held when it froze is nobody's any more.
        while ((await first.Client.ListNodesAsync(Cancelled)).Items is not [{ State: "running", Shards: 32 }, { State: "running", Shards: 32 }])
        {
            Assert.True(TimeProvider.System.GetElapsedTime(frozen) < TimeSpan.FromMinutes(2), "It gets no part again.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancelled);
        }

        var after = await second.Client.App("demo").FindEventAsync(published.Event.Id, Cancelled);
        Assert.Equal(final.Counts, after!.Counts);
        var counters = simulator.Control.Counters();
        Assert.Equal(6_000, counters.DistinctAccepted);

        // Those in flight when it froze, and those it had read and sent before it learned that it was no longer the one.
        Assert.InRange(counters.AcceptedMoreThanOnce, 0, InFlight * 2);
        keys.Delete(recursive: true);
    }

    protected override async Task<IEnumerable<(string Setting, string Value)>> NewStoreAsync()
    {
        await server.StartAsync();
        return [("PushGateway__Storage__Provider", "PostgreSql"), ("PushGateway__Storage__ConnectionString", await server.CreateDatabaseAsync())];
    }
}
