using PushGateway.Client.Events;
using PushGateway.FaultTests.Runs;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Simulator;

namespace PushGateway.FaultTests;

/// <summary>Many events for one subscriber each, alone and in batches, while the gateway is killed or stopped at random instants.</summary>
/// <remarks>Every event has a device of its own, so what the provider counts for a token, it counts for one event.</remarks>
public sealed class OneSubscriberRunTests
{
    private const int Events = 4_000;
    private const int Publishers = 8;
    private const int MaxDevicesInFlight = 40;
    private const int PageSize = 10;
    private const int FirstShortSeed = 3;
    private const int ShortRuns = 2;

    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<int>> RunSeeds() => Seeds.From(FirstShortSeed, ShortRuns);

    [Theory]
    [MemberData(nameof(RunSeeds))]
    public async Task Run_KilledAtRandom_LosesNoEventAndRepeatsWithinTheBound(int seed)
    {
        var random = new Random(seed);
        var kills = random.Next(3, 7) * Seeds.Scale;
        await using var rig = await StartAsync();
        var publishing = PublishAllAsync(rig, seed);

        for (var kill = 0; kill < kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(60, 700)), TimeProvider.System, Cancelled);
            await rig.Gateway.KillAsync();
            await rig.Gateway.StartAgainAsync();
        }

        var ids = await publishing.WaitAsync(s_endLimit, Cancelled);
        await CheckAsync(rig, ids, kills * MaxDevicesInFlight, $"seed {seed}, {kills} kills");
    }

    [Fact]
    public async Task Run_StoppedInOrder_SendsEveryEventOnce()
    {
        await using var rig = await StartAsync();
        var publishing = PublishAllAsync(rig, 1);

        for (var stop = 0; stop < 2; stop++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancelled);
            await rig.Gateway.StopAsync();
            await rig.Gateway.StartAgainAsync();
        }

        var ids = await publishing.WaitAsync(s_endLimit, Cancelled);
        await CheckAsync(rig, ids, 0, "two orderly stops");
    }

    private static async Task<Rig> StartAsync()
    {
        var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions { RecentPushes = 0 }, ct: Cancelled);
        var gateway = await GatewayProcess.StartAsync(
            ("PushGateway__Dispatch__PageSize", $"{PageSize}"), ("PushGateway__Dispatch__MaxDevicesInFlight", $"{MaxDevicesInFlight}"));
        var devices = Enumerable.Range(0, Events).Select(number => new PlannedDevice(number, DeviceNature.Good)).ToArray();
        var rig = new Rig(gateway, simulator, new Audience("all", devices));
        await Provisioning.SetUpAsync(gateway.Client, "app", simulator, simulator.ApnsEndpoint, simulator.FcmEndpoint);
        var summary = await Provisioning.ImportAsync(gateway.Client.App("app"), rig.Audience.ToNdjson(0, Events));
        Assert.Equal(Events, summary.Created);
        return rig;
    }

    /// <summary>As publishers do that know nothing of crashes: each event under a key of its own, until it is answered.</summary>
    /// <returns>By number, the id that was answered.</returns>
    private static async Task<string[]> PublishAllAsync(Rig rig, int seed)
    {
        var ids = new string[Events];
        var app = rig.Gateway.Client.App("app");
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(
            async () =>
            {
                var random = new Random((seed * 100) + publisher);
                var caller = new PersistentCaller();
                for (var next = publisher; next < Events;)
                {
                    int[] numbers = [.. Enumerable.Range(0, random.Next(3) == 0 ? random.Next(2, 12) : 1)
                        .Select(step => next + (step * Publishers)).Where(number => number < Events)];
                    next += numbers.Length * Publishers;
                    await PublishAsync(numbers, caller);
                }
            },
            Cancelled)));
        return ids;

        async Task PublishAsync(int[] numbers, PersistentCaller caller)
        {
            if (numbers is [var number])
            {
                var published = await caller.CallAsync(() => app.PublishAsync(To(number), $"key-{number}", Cancelled));
                ids[number] = published.Event.Id;
                return;
            }

            var answers = await caller.CallAsync(
                () => app.PublishBatchAsync(numbers.Select(one => new BatchEvent(To(one), $"key-{one}")), Cancelled));
            foreach (var (index, answer) in answers.Index())
            {
                Assert.True(answer.Published is not null, answer.Refused?.Message);
                ids[numbers[index]] = answer.Published.Event.Id;
            }
        }
    }

    private static EventRequest To(int number) => Samples.Event(new EventAudience { Subscribers = [$"s{number}"] }, null);

    private static async Task CheckAsync(Rig rig, string[] ids, int mostTwice, string run)
    {
        Assert.Equal(Events, ids.Distinct().Count());
        var app = rig.Gateway.Client.App("app");
        var (twice, started) = (0, TimeProvider.System.GetTimestamp());
        foreach (var device in rig.Audience.Devices)
        {
            var id = ids[device.Number];
            EventInfo? info;
            while ((info = await app.FindEventAsync(id, Cancelled)) is { IsFinal: false })
            {
                Assert.True(TimeProvider.System.GetElapsedTime(started) < s_endLimit, $"Event {id} does not end: {info}. {run}\n{rig.Gateway.Output}");
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
            }

            Assert.True(info is { State: "completed", Counts: { Targeted: 1, Accepted: 1 } }, $"Event {id} is {info}. {run}");
            Assert.True(info.Timings is { StartedAt: not null, FirstAcceptedAt: not null, CompletedAt: not null }, $"Event {id} is {info}. {run}");
            var receipt = Assert.Single((await app.ListReceiptsAsync(id, null, 10, null, Cancelled)).Items);
            Assert.Equal((device.Id, "accepted"), (receipt.Device, receipt.Outcome));
            var times = rig.Simulator.Control.TimesAccepted(device.Provider, device.Token);
            Assert.True(times >= 1, $"{device.Id} was never sent to. {run}");
            twice += times - 1;
        }

        Assert.True(twice <= mostTwice, $"{twice} notifications too many, at most {mostTwice} may be. {run}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{run}: {twice} sent twice, bound {mostTwice}");
    }

    private sealed record Rig(GatewayProcess Gateway, ProviderSimulator Simulator, Audience Audience) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Simulator.DisposeAsync();
        }
    }
}
