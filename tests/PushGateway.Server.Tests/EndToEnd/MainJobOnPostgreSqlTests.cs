using PushGateway.Client.Events;
using PushGateway.Simulator;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.Server.Tests.EndToEnd;

public sealed class MainJobOnPostgreSqlTests(PostgreSqlServer server) : MainJobTests
{
    [Fact]
    public async Task Frozen_InMidBroadcast_IsTakenOverAndEndsWhenItWakes()
    {
        const int InFlight = 500;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        var keys = Directory.CreateTempSubdirectory("pushgateway-keys-");
        (string, string)[] settings =
        [
            .. await NewStoreAsync(), ("PushGateway__DataProtection__KeysDirectory", keys.FullName),
            ("PushGateway__Dispatch__PageSize", "50"), ("PushGateway__Dispatch__MaxDevicesInFlight", $"{InFlight}"),
        ];
        await using var first = await GatewayProcess.StartAsync(settings);
        var told = new TaskCompletionSource();
        first.OnLine = line =>
        {
            if (line.Contains("has taken over the store", StringComparison.Ordinal))
            {
                told.TrySetResult();
            }
        };
        var app = await SetUpAsync(first, simulator);
        await ImportAsync(app, 6_000);
        var published = await app.PublishAsync(NewVideo with { Options = new EventRequestOptions { MaxRatePerSecond = 2_000 } }, null, Cancelled);
        await WhenAcceptedAsync(simulator, 1_000);

        await first.FreezeAsync();
        var frozen = TimeProvider.System.GetTimestamp();
        await using var second = new GatewayProcess(settings);
        do
        {
            // As a service manager does with one that ends because another gateway has the store.
            second.Begin();
            await Task.WhenAny(second.WaitUntilReadyAsync(), second.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        }
        while (!second.IsRunning && TimeProvider.System.GetElapsedTime(frozen) < TimeSpan.FromSeconds(60));
        Assert.True(second.IsRunning, second.Output);
        Assert.InRange(TimeProvider.System.GetElapsedTime(frozen), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        var final = await EndAsync(second.Client.App("demo"), published.Event.Id);

        Assert.Equal(new EventCounts { Targeted = 6_000, Accepted = 6_000 }, final.Counts);
        await first.WakeAsync();
        await first.WaitForExitAsync(TimeSpan.FromSeconds(60));
        await told.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
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
