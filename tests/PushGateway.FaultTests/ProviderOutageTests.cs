using System.Net;
using System.Net.Sockets;
using PushGateway.Client.Events;
using PushGateway.FaultTests.Network;
using PushGateway.FaultTests.Runs;
using PushGateway.FaultTests.Stores;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Simulator;

namespace PushGateway.FaultTests;

/// <summary>A provider that is away for many times as long as a device has attempts: nobody is given up for it, and nobody storms it when it is back.</summary>
public sealed class ProviderOutageTests
{
    private const int Devices = 1_000;
    private const int MaxInFlight = 200;

    /// <summary>Three attempts for a device, and waits so short that an outage of seconds is long.</summary>
    private static readonly (string Setting, string Value)[] s_impatient =
    [
        ("PushGateway__Dispatch__MaxAttempts", "3"),
        ("PushGateway__Dispatch__PageSize", "50"),
        ("PushGateway__Dispatch__MaxDevicesInFlight", $"{MaxInFlight}"),
        ("PushGateway__Dispatch__UnavailableLimit", "10"),
        ("PushGateway__Dispatch__BackOffDelay", "00:00:00.050"),
        ("PushGateway__Dispatch__ProbeIntervalLimit", "00:00:00.100"),
        ("PushGateway__Dispatch__DeferredRetryDelay", "00:00:00.100"),
        ("PushGateway__Dispatch__DeferredRetryLimit", "00:00:00.200"),
        ("PushGateway__Apns__ConnectTimeout", "00:00:01"),
        ("PushGateway__Fcm__ConnectTimeout", "00:00:01"),
        ("PushGateway__Apns__AttemptTimeout", "00:00:01"),
        ("PushGateway__Fcm__AttemptTimeout", "00:00:01"),
        ("PushGateway__Fcm__TokenRetries", "0"),
        ("PushGateway__Fcm__TokenRequestTimeout", "00:00:01"),
    ];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Provider_StoppedAndStartedOnTheSamePorts_EveryDeviceIsNotified()
    {
        var state = Directory.CreateTempSubdirectory("pushgateway-outage-");
        var ports = FreePorts(3);
        var options = new SimulatorOptions { RecentPushes = 0, StateDirectory = state.FullName, ApnsPort = ports[0], FcmPort = ports[1], OAuthPort = ports[2] };
        try
        {
            await using var gateway = await GatewayProcess.StartAsync(s_impatient);
            var app = gateway.Client.App("app");
            var audience = Audience.Plan(new Random(2), "channel", 0, Devices, 0);
            EventInfo published;
            Dictionary<string, int> before;
            await using (var simulator = await ProviderSimulator.StartAsync(options, ct: Cancelled))
            {
                await Provisioning.SetUpAsync(gateway.Client, "app", simulator, simulator.ApnsEndpoint, simulator.FcmEndpoint);
                await Provisioning.ImportAsync(app, audience.ToNdjson(0, Devices));
                published = (await app.PublishAsync(Samples.Event(new EventAudience { Channel = audience.Channel }, 400), "broadcast", Cancelled)).Event;
                await StoreRig.EventuallyAsync(() => Task.FromResult(simulator.Control.Counters().Accepted > Devices / 4));
                simulator.Control.CloseConnections(SimulatedProvider.Apns, gracefully: false);
                simulator.Control.CloseConnections(SimulatedProvider.Fcm, gracefully: false);
                before = Accepted(simulator, audience);
            }

            // Many probes, each of which would use up an attempt of ten devices.
            var attempts = (await app.FindEventAsync(published.Id, Cancelled))!.Attempts;
            await StoreRig.EventuallyAsync(async () => (await app.FindEventAsync(published.Id, Cancelled))!.Attempts > attempts + 300);

            await using var again = await ProviderSimulator.StartAsync(options, ct: Cancelled);
            await StoreRig.EventuallyAsync(async () => (await app.FindEventAsync(published.Id, Cancelled))!.IsFinal);
            var final = (await app.FindEventAsync(published.Id, Cancelled))!;
            Check(final, audience);

            // The first simulator may have taken what it was just being stopped over.
            var after = Accepted(again, audience);
            var twice = audience.Devices.Count(device => before[device.Id] + after[device.Id] > 1);
            Assert.InRange(twice, 0, MaxInFlight);
            var missing = audience.Devices.Where(device => device.Outcome == "accepted" && before[device.Id] + after[device.Id] == 0).ToList();
            Assert.InRange(missing.Count, 0, MaxInFlight);
            var requests = again.Control.Counters() is var counters ? counters.Apns.Requests + counters.Fcm.Requests : 0;
            Assert.InRange(requests, 0, Devices + MaxInFlight);
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Network_DownAndThenStalled_EveryDeviceIsNotified()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions { RecentPushes = 0 }, ct: Cancelled);
        await using var apns = new TcpProxy(simulator.ApnsEndpoint);
        await using var fcm = new TcpProxy(simulator.FcmEndpoint);
        await using var gateway = await GatewayProcess.StartAsync(s_impatient);
        var app = gateway.Client.App("app");
        var audience = Audience.Plan(new Random(3), "channel", 0, Devices, 0);
        await Provisioning.SetUpAsync(gateway.Client, "app", simulator, apns.Address, fcm.Address);
        await Provisioning.ImportAsync(app, audience.ToNdjson(0, Devices));
        var published = (await app.PublishAsync(Samples.Event(new EventAudience { Channel = audience.Channel }, 400), "broadcast", Cancelled)).Event;
        await StoreRig.EventuallyAsync(() => Task.FromResult(simulator.Control.Counters().Accepted > Devices / 4));

        await Task.WhenAll(apns.GoDownAsync(TimeSpan.FromSeconds(6), Cancelled), fcm.GoDownAsync(TimeSpan.FromSeconds(6), Cancelled));
        await StoreRig.EventuallyAsync(() => Task.FromResult(simulator.Control.Counters().Accepted > Devices / 2));
        await Task.WhenAll(apns.StallAsync(TimeSpan.FromSeconds(4), Cancelled), fcm.StallAsync(TimeSpan.FromSeconds(4), Cancelled));

        await StoreRig.EventuallyAsync(async () => (await app.FindEventAsync(published.Id, Cancelled))!.IsFinal);
        Check((await app.FindEventAsync(published.Id, Cancelled))!, audience);
        Assert.All(audience.Devices, device => Assert.Equal(device.Outcome == "accepted", simulator.Control.TimesAccepted(device.Provider, device.Token) > 0));
    }

    private static void Check(EventInfo final, Audience audience)
    {
        long Count(string outcome) => audience.Devices.Count(device => device.Outcome == outcome);
        Assert.Equal("completed", final.State);
        Assert.Equal(
            new EventCounts { Targeted = audience.Devices.Count, Accepted = Count("accepted"), Unregistered = Count("unregistered"), Rejected = Count("rejected") },
            final.Counts);
    }

    private static Dictionary<string, int> Accepted(ProviderSimulator simulator, Audience audience) =>
        audience.Devices.ToDictionary(device => device.Id, device => simulator.Control.TimesAccepted(device.Provider, device.Token));

    /// <summary>Below those that outgoing connections get: one of these could take the port while the simulator is down.</summary>
    private static List<int> FreePorts(int count)
    {
        List<int> ports = [];
        while (ports.Count < count)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                ports.Add(port);
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }

        return ports;
    }
}
