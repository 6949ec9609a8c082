using PushGateway.Client.Events;
using PushGateway.FaultTests.Runs;
using PushGateway.Storage.Tests.Support;

[assembly: AssemblyFixture(typeof(PostgreSqlServer))]

namespace PushGateway.FaultTests.Nodes;

/// <summary>Several gateways share a store, and some of them come to grief.</summary>
public sealed class ManyNodesTests(PostgreSqlServer server)
{
    private const int Devices = 3_000;

    // Where no gateway comes to grief none may be taken for dead, however busy the machine: a page that two have is sent twice, and rightly.
    private static readonly Func<int, string, IEnumerable<(string Setting, string Value)>> s_nobodyFails = static (_, _) => [("PushGateway__Storage__LeaseDuration", "00:01:00")];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Broadcast_ThreeNodes_EachDoesItsPartAndNobodyIsSentTwice()
    {
        await using var rig = await NodeRig.StartAsync(server, 3, s_nobodyFails);
        var audience = await rig.ImportAsync("channel", Devices);

        var published = await PublishAsync(rig, 1, audience, rate: null);

        Assert.Equal(0, await rig.CheckAsync(2, published.Id, audience));
        var parts = new List<long>();
        foreach (var node in rig.Nodes)
        {
            parts.Add(await rig.OutcomesAsync(node));
        }

        Assert.Equal(Devices, parts.Sum());
        Assert.All(parts, part => Assert.InRange(part, Devices * 20 / 100, Devices * 47 / 100));
    }

    [Fact]
    public async Task Broadcast_OneKilledAndOneFrozen_TheOthersEndItWithinTheBound()
    {
        await using var rig = await NodeRig.StartAsync(server, 3);
        var audience = await rig.ImportAsync("channel", Devices);
        var published = await PublishAsync(rig, 0, audience, rate: 250);
        await rig.AcceptedAsync(Devices / 5);

        await rig.Nodes[1].KillAsync();
        await rig.AcceptedAsync(Devices / 4);
        await rig.Nodes[2].FreezeAsync();
        await NodeRig.EventuallyAsync(async () => (await rig.Nodes[0].Client.ListNodesAsync(Cancelled)).Items.Count(node => node.State == "silent") == 2, "Nobody notices.");
        await NodeRig.EventuallyAsync(async () => (await rig.ShardsAsync()).Count == 1, "Nobody takes over.");
        await rig.AcceptedAsync(Devices * 2 / 3);
        await rig.Nodes[2].WakeAsync();

        // It comes to have its part again, and all of it is one account.
        var twice = await rig.CheckAsync(2, published.Id, audience);
        Assert.InRange(twice, 0, 2 * NodeRig.MaxInFlight);
        await rig.BalanceAsync(2);
    }

    /// <summary>Who has a live message is written in the store: it does not matter which gateway was told, nor which of them dies.</summary>
    [Fact]
    public async Task LiveFirst_GatewaysKilledWhileItWaitsAndInMidSend_SparesThoseThatConfirmedAndNobodyElse()
    {
        await using var rig = await NodeRig.StartAsync(server, 3);
        var audience = await rig.ImportAsync("channel", Devices);
        await using var following = rig.App(2).FollowAsync(audience.Channel, null, Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await following.MoveNextAsync());
        var request = Samples.Event(new EventAudience { Channel = audience.Channel }, 500);
        var published = (await rig.App(0).PublishAsync(request with { Options = request.Options! with { Live = "first", LiveWaitSeconds = 5 } }, null, Cancelled)).Event;
        Assert.True(await following.MoveNextAsync());
        Assert.Equal((published.Id, true), (following.Current.Message!.Id, following.Current.Message.Confirm));

        var confirmed = audience.Devices.Where(device => device.Number % 7 == 0).ToList();
        foreach (var (number, some) in confirmed.Chunk(100).Index())
        {
            await rig.App(number % 2 * 2).ConfirmLiveAsync(published.Id, [.. some.Select(device => device.Id)], Cancelled);
        }

        Assert.Equal(0, rig.Simulator.Control.Counters().Accepted);
        await rig.Nodes[1].KillAsync();
        await rig.AcceptedAsync(Devices / 5);
        await rig.Nodes[0].KillAsync();
        await rig.Nodes[1].StartAgainAsync();

        var final = await rig.EndAsync(2, published.Id);
        AccountWatch.AddsUp(final);
        Assert.Equal(("completed", Devices, confirmed.Count), (final.State, final.Counts.Targeted, final.Counts.Live));
        Assert.All(confirmed, device => Assert.Equal(0, rig.Simulator.Control.TimesAccepted(device.Provider, device.Token)));
        foreach (var device in audience.Devices.Except(confirmed))
        {
            Assert.Equal(device.Outcome == "accepted", rig.Simulator.Control.TimesAccepted(device.Provider, device.Token) > 0);
        }
    }

    [Fact]
    public async Task RollingRestart_InMidBroadcast_SendsNothingTwice()
    {
        await using var rig = await NodeRig.StartAsync(server, 3, s_nobodyFails);
        var audience = await rig.ImportAsync("channel", Devices);
        var published = await PublishAsync(rig, 0, audience, rate: 250);

        for (var node = 0; node < 3; node++)
        {
            await rig.AcceptedAsync((node + 1) * Devices / 8);
            await rig.Nodes[node].StopAsync();
            await rig.Nodes[node].StartAgainAsync();
        }

        Assert.Equal(0, await rig.CheckAsync(1, published.Id, audience));
        await rig.BalanceAsync(3);
    }

    [Fact]
    public async Task Control_ThroughAnyNode_IsFollowedByAll()
    {
        await using var rig = await NodeRig.StartAsync(server, 3, s_nobodyFails);
        var audience = await rig.ImportAsync("channel", Devices);
        var published = await PublishAsync(rig, 0, audience, rate: 500);
        await rig.AcceptedAsync(Devices / 10);

        await rig.App(1).PauseAsync(published.Id, Cancelled);
        await NodeRig.EventuallyAsync(async () => await StandsStillAsync(rig), "It goes on though it is paused.");
        Assert.Equal("paused", (await rig.App(2).FindEventAsync(published.Id, Cancelled))!.State);

        var before = rig.Simulator.Control.Counters().Accepted;
        await rig.App(2).ResumeAsync(published.Id, Cancelled);
        await rig.AcceptedAsync((int)before + 200);

        var cancelled = await rig.App(1).CancelAsync(published.Id, Cancelled);
        Assert.Equal(("cancelled", (long)Devices, 0L), (cancelled.State, cancelled.Counts.Targeted, cancelled.Counts.Pending));
        Assert.Equal(rig.Simulator.Control.Counters().Accepted, cancelled.Counts.Accepted);
    }

    /// <summary>Of two gateways each has half the shards, so half of these are for shards that the one they are published at does not have.</summary>
    [Fact]
    public async Task OneSubscriberEvents_PublishedAtEitherNode_AllLeaveOnce()
    {
        await using var rig = await NodeRig.StartAsync(server, 2, s_nobodyFails);
        var audience = await rig.ImportAsync("channel", 200);
        var events = await Task.WhenAll(audience.Devices.Index().Select(async entry => (entry.Item, (await rig.App(entry.Index % 2).PublishAsync(
            Samples.Event(new EventAudience { Subscribers = [$"s{entry.Item.Number}"] }, null), null, Cancelled)).Event)));

        foreach (var (device, published) in events)
        {
            var final = await rig.EndAsync(0, published.Id);
            Assert.Equal("completed", final.State);
            Assert.Equal(device.Outcome == "accepted" ? 1 : 0, rig.Simulator.Control.TimesAccepted(device.Provider, device.Token));
        }
    }

    private static async Task<EventInfo> PublishAsync(NodeRig rig, int node, Audience audience, int? rate) =>
        (await rig.App(node).PublishAsync(Samples.Event(new EventAudience { Channel = audience.Channel }, rate), "broadcast", Cancelled)).Event;

    private static async Task<bool> StandsStillAsync(NodeRig rig)
    {
        var before = rig.Simulator.Control.Counters().Accepted;
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Cancelled);
        return rig.Simulator.Control.Counters().Accepted == before;
    }
}
