using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using PushGateway.Client;
using PushGateway.Client.Apps;
using PushGateway.Client.Audiences;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;
using PushGateway.Client.Providers;
using PushGateway.Client.Removals;
using PushGateway.Simulator;

namespace PushGateway.Server.Tests.EndToEnd;

/// <summary>The main job through the front door: the real process, real TLS and HTTP/2 to the simulated providers, a real store.</summary>
public abstract class MainJobTests
{
    /// <summary>For many devices and many faults: not held back by what spares the real providers.</summary>
    private static readonly (string, string)[] s_inAHurry =
        [("PushGateway__Dispatch__QuotaRampUp", "00:00:00"), ("PushGateway__Dispatch__RetryBudgetFloor", "100000")];

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The settings of a store of its own.</summary>
    protected abstract Task<IEnumerable<(string Setting, string Value)>> NewStoreAsync();

    [Fact]
    public async Task Publish_ToAChannel_ReachesEveryPhoneOnceAndAccountsForEach()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync();
        var app = await SetUpAsync(gateway, simulator);
        var summary = await ImportAsync(app, 4_000, number => number switch
        {
            _ when number % 100 == 0 => "dead",
            _ when number % 100 == 2 => "5030",
            _ when number % 100 == 1 => "quota:",
            _ when number % 100 == 3 => "dead:",
            _ => string.Empty,
        });
        Assert.Equal((4_000L, 4_000L, 0L), (summary.Received, summary.Created, summary.Rejected));

        var published = await app.PublishAsync(NewVideo, "video-1", Cancelled);
        var final = await EndAsync(app, published.Event.Id);

        Assert.Equal("completed", final.State);
        Assert.Equal(new EventCounts { Targeted = 4_000, Accepted = 3_920, Unregistered = 80 }, final.Counts);
        Assert.Equal(40, final.Providers["apns"].Reasons["Unregistered"]);
        Assert.Equal(40, final.Providers["fcm"].Reasons["UNREGISTERED"]);
        var counters = simulator.Control.Counters();
        Assert.Equal((3_920L, 0L), (counters.DistinctAccepted, counters.AcceptedMoreThanOnce));

        // The dead are gone, and their receipts are still there.
        Assert.Null(await app.FindDeviceAsync("d100", Cancelled));
        Assert.Equal("unregistered", (await app.FindReceiptAsync(final.Id, "d100", Cancelled))!.Outcome);
        Assert.Equal("accepted", (await app.FindReceiptAsync(final.Id, "d104", Cancelled))!.Outcome);

        // The same publish again sends nothing and gives the first answer.
        var replay = await app.PublishAsync(NewVideo, "video-1", Cancelled);
        Assert.True(replay.Replayed);
        Assert.Equal(published.Event.Id, replay.Event.Id);
        Assert.Equal(published.Event.Counts, replay.Event.Counts);
        Assert.Equal(published.Event.State, replay.Event.State);
        Assert.Equal(counters.Accepted, simulator.Control.Counters().Accepted);

        var second = await EndAsync(app, (await app.PublishAsync(NewVideo, "video-2", Cancelled)).Event.Id);
        Assert.Equal(3_920, second.Counts.Targeted);
    }

    [Fact]
    public async Task Publish_AfterATokenMoved_ReachesTheNewDeviceOnly()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync();
        var app = await SetUpAsync(gateway, simulator);
        var token = Token(0, string.Empty);
        await app.PutDeviceAsync("old", new DeviceSpec { Provider = "apns", Token = token, Subscriber = "ann" }, Cancelled);
        await app.PutDeviceAsync("new", new DeviceSpec { Provider = "apns", Token = token.ToUpperInvariant(), Subscriber = "bob" }, Cancelled);

        Assert.Null(await app.FindDeviceAsync("old", Cancelled));
        var all = new EventRequest { Type = "t", Audience = new EventAudience { All = true }, Notification = new EventNotification { Title = "x" } };
        var final = await EndAsync(app, (await app.PublishAsync(all, null, Cancelled)).Event.Id);

        Assert.Equal(1, final.Counts.Accepted);
        Assert.Equal(1, simulator.Control.TimesAccepted(SimulatedProvider.Apns, token));
        Assert.NotNull(await app.FindReceiptAsync(final.Id, "new", Cancelled));
    }

    [Fact]
    public async Task Stop_InMidBroadcast_StartingAgainCompletesItWithNothingTwice()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync();
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, 6_000);
        var published = await app.PublishAsync(NewVideo with { Options = new EventRequestOptions { MaxRatePerSecond = 3_000 } }, null, Cancelled);
        await WhenAcceptedAsync(simulator, 1_000);

        await gateway.StopAsync();
        var before = simulator.Control.Counters().Accepted;
        await gateway.StartAgainAsync();
        var final = await EndAsync(app, published.Event.Id);

        Assert.InRange(before, 1_000, 5_999);
        Assert.Equal("completed", final.State);
        Assert.Equal(new EventCounts { Targeted = 6_000, Accepted = 6_000 }, final.Counts);
        var counters = simulator.Control.Counters();
        Assert.Equal((6_000L, 0L), (counters.DistinctAccepted, counters.AcceptedMoreThanOnce));
    }

    [Fact]
    public async Task Kill_InMidBroadcast_LosesNobodyAndRepeatsAtMostTheDevicesInFlight()
    {
        const int InFlight = 500;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync(
            ("PushGateway__Dispatch__PageSize", "50"), ("PushGateway__Dispatch__MaxDevicesInFlight", $"{InFlight}"));
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, 6_000);
        var published = await app.PublishAsync(NewVideo with { Options = new EventRequestOptions { MaxRatePerSecond = 3_000 } }, null, Cancelled);
        await WhenAcceptedAsync(simulator, 1_000);

        await gateway.KillAsync();
        await gateway.StartAgainAsync();
        var final = await EndAsync(app, published.Event.Id);

        Assert.Equal(new EventCounts { Targeted = 6_000, Accepted = 6_000 }, final.Counts);
        var counters = simulator.Control.Counters();
        Assert.Equal(6_000, counters.DistinctAccepted);
        Assert.InRange(counters.AcceptedMoreThanOnce, 0, InFlight);
    }

    [Fact]
    public async Task RevokedCredential_InMidBroadcast_StopsThatProviderAndGoesOnWhenRestored()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync(("PushGateway__Dispatch__ProbeInterval", "00:00:00.200"));
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, 4_000);
        simulator.Control.Revoke(SimulatedCredential.ApnsKey);
        var published = await app.PublishAsync(NewVideo, null, Cancelled);
        await WhenAsync(() => simulator.Control.Counters().Fcm.Accepted == 2_000);

        var check = await app.CheckProviderAsync("apns", Cancelled);
        Assert.False(check.Ok);
        var during = (await app.FindEventAsync(published.Event.Id, Cancelled))!;
        Assert.Equal("dispatching", during.State);
        Assert.Equal(0, during.Providers.GetValueOrDefault("apns")?.Counts.Accepted ?? 0);
        Assert.InRange(simulator.Control.Counters().Apns.ByReason.GetValueOrDefault("InvalidProviderToken"), 1, 200);
        simulator.Control.Restore(SimulatedCredential.ApnsKey);
        var final = await EndAsync(app, published.Event.Id);

        Assert.Equal(new EventCounts { Targeted = 4_000, Accepted = 4_000 }, final.Counts);
        Assert.Equal(0, simulator.Control.Counters().AcceptedMoreThanOnce);
    }

    [Fact]
    public async Task Cancel_InMidBroadcast_StopsWithinASecondAndAccountsForTheRest()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync();
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, 6_000);
        var published = await app.PublishAsync(NewVideo with { Options = new EventRequestOptions { MaxRatePerSecond = 2_000 } }, null, Cancelled);
        await WhenAcceptedAsync(simulator, 500);

        var cancelled = await app.CancelAsync(published.Event.Id, Cancelled);

        Assert.Equal("cancelled", cancelled.State);
        var accepted = simulator.Control.Counters().Accepted;
        Assert.Equal(new EventCounts { Targeted = 6_000, Accepted = accepted, Cancelled = 6_000 - accepted }, cancelled.Counts);
        var again = await Assert.ThrowsAsync<PushGatewayApiException>(() => app.CancelAsync(published.Event.Id, Cancelled));
        Assert.Equal(409, (int)again.Status);
    }

    [Fact]
    public async Task Broadcast_OverConnectionsThatEndAndRefuse_RepeatsNothing()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync(s_inAHurry);
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, 50_000);
        simulator.Control.AddRule(new FaultRule { EveryNth = 5_000, Action = new FaultAction { CloseConnection = true } });
        simulator.Control.AddRule(new FaultRule { Probability = 0.01, Seed = 1, Action = new FaultAction { ResetCode = 7 } });

        var final = await EndAsync(app, (await app.PublishAsync(NewVideo, null, Cancelled)).Event.Id);

        // REFUSED_STREAM, and what is above the last stream of a GOAWAY, was not processed: sent again, and no second attempt.
        Assert.Equal(new EventCounts { Targeted = 50_000, Accepted = 50_000 }, final.Counts);
        Assert.Equal(50_000, final.Attempts);
        var counters = simulator.Control.Counters();
        Assert.Equal((50_000L, 0L), (counters.DistinctAccepted, counters.AcceptedMoreThanOnce));
        Assert.True(counters.Apns.ByReason["(reset)"] > 0 && counters.Fcm.ByReason["(reset)"] > 0);
        Assert.True(counters.Apns.ConnectionsOpened + counters.Fcm.ConnectionsOpened >= 5);
    }

    [Fact]
    public async Task Broadcast_OverConnectionsThatBreak_LosesNobodyAndRepeatsOnlyWhatIsUnknown()
    {
        const int Devices = 200_000;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync(s_inAHurry);
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, Devices);
        simulator.Control.AddRule(new FaultRule { EveryNth = 7_000, Action = new FaultAction { AbortConnection = true, CountAsAccepted = true } });
        simulator.Control.AddRule(new FaultRule { EveryNth = 9_000, Action = new FaultAction { CloseConnection = true } });
        simulator.Control.AddRule(new FaultRule { Probability = 0.005, Seed = 2, Action = new FaultAction { ResetCode = 7 } });
        simulator.Control.AddRule(new FaultRule { Probability = 0.0005, Seed = 3, Action = new FaultAction { ResetCode = 2, CountAsAccepted = true } });

        var final = await EndAsync(app, (await app.PublishAsync(NewVideo, null, Cancelled)).Event.Id);

        Assert.Equal(new EventCounts { Targeted = Devices, Accepted = Devices }, final.Counts);
        var counters = simulator.Control.Counters();
        Assert.Equal(Devices, counters.DistinctAccepted);
        Assert.True(counters.Apns.ByReason["(aborted)"] + counters.Fcm.ByReason["(aborted)"] > 0);

        // An attempt more than devices is one whose outcome nobody could know; nothing else may arrive twice.
        Assert.InRange(counters.AcceptedMoreThanOnce, 1, final.Attempts - Devices);
    }

    [Fact]
    public async Task Broadcast_ThatForbidsResending_ReachesNobodyTwiceOverConnectionsThatBreak()
    {
        const int Devices = 50_000;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync(s_inAHurry);
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, Devices);
        simulator.Control.AddRule(new FaultRule { EveryNth = 7_000, Action = new FaultAction { AbortConnection = true, CountAsAccepted = true } });
        simulator.Control.AddRule(new FaultRule { Probability = 0.005, Seed = 2, Action = new FaultAction { ResetCode = 7 } });
        simulator.Control.AddRule(new FaultRule { Probability = 0.002, Seed = 3, Action = new FaultAction { ResetCode = 2, CountAsAccepted = true } });

        var request = NewVideo with { Options = new EventRequestOptions { ResendUnknown = false } };
        var final = await EndAsync(app, (await app.PublishAsync(request, null, Cancelled)).Event.Id);

        var rejected = final.Counts.Rejected;
        Assert.Equal(new EventCounts { Targeted = Devices, Accepted = Devices - rejected, Rejected = rejected }, final.Counts);
        Assert.Equal(rejected, final.Providers.Values.Sum(provider => provider.Reasons.GetValueOrDefault("OutcomeUnknown")));
        var counters = simulator.Control.Counters();
        Assert.Equal(0, counters.AcceptedMoreThanOnce);
        Assert.True(counters.Apns.ByReason["(reset)"] > 0 && rejected > 0);
        Assert.InRange(counters.DistinctAccepted, final.Counts.Accepted + 1, Devices);
        var receipts = await app.ListReceiptsAsync(final.Id, "rejected", limit: null, cursor: null, Cancelled);
        Assert.All(receipts.Items, receipt => Assert.Equal("OutcomeUnknown", receipt.Reason));
    }

    [Fact]
    public async Task RotateCredential_InMidBroadcast_ReachesEveryDeviceOnceAndRemovesNone()
    {
        const int Devices = 20_000;

        // A check sends to a token that no device has; the simulator takes it, once, with the one credential that is good.
        const int TokensOfChecks = 1;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync(("PushGateway__Dispatch__QuotaRampUp", "00:00:00"));
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, Devices);
        var second = simulator.Control.AddApnsKey("SIMKEY0002", simulator.Options.TeamId);
        var old = Apns(simulator);
        var published = await app.PublishAsync(NewVideo with { Options = new EventRequestOptions { MaxRatePerSecond = 2_000 } }, null, Cancelled);
        await WhenAcceptedAsync(simulator, 1_000);

        // One that Apple does not take changes nothing.
        var refused = await Assert.ThrowsAsync<PushGatewayApiException>(() => app.RotateApnsAsync(old with { KeyId = "NOSUCHKEY1" }, Cancelled));
        Assert.Equal("credential.refused", refused.Code);
        var before = await ProviderAsync();
        Assert.Equal((1, "SIMKEY0001", null), (before.Version, before.KeyId, before.Previous));

        await app.RotateApnsAsync(old with { KeyId = "SIMKEY0002", PrivateKey = second.PrivateKeyPem }, Cancelled);
        var rotated = await ProviderAsync();
        Assert.Equal((2, "SIMKEY0002", "SIMKEY0001"), (rotated.Version, rotated.KeyId, rotated.Previous?.KeyId));
        await WhenAcceptedAsync(simulator, simulator.Control.Counters().Accepted + 2_000);

        // Somebody insists on a bad one, and goes back.
        await app.PutApnsAsync(old with { KeyId = "NOSUCHKEY1" }, Cancelled);
        await WhenAsync(async () => (await ProviderAsync()).Health!.State == "stopped");
        Assert.False((await app.FindEventAsync(published.Event.Id, Cancelled))!.IsFinal);
        var restored = await app.RestoreProviderAsync("apns", Cancelled);
        Assert.Equal((4, "SIMKEY0002", "NOSUCHKEY1"), (restored.Version, restored.KeyId, restored.Previous?.KeyId));
        Assert.Equal(rotated.SetAt, restored.SetAt);

        var final = await EndAsync(app, published.Event.Id);
        Assert.Equal("completed", final.State);
        Assert.Equal(new EventCounts { Targeted = Devices, Accepted = Devices }, final.Counts);
        var counters = simulator.Control.Counters();
        Assert.Equal((Devices + TokensOfChecks, 0L), (counters.DistinctAccepted, counters.AcceptedMoreThanOnce));
        Assert.Empty((await app.ListRemovalsAsync(new RemovalQuery(), null, null, Cancelled)).Items);
        Assert.Equal(Devices, (await app.CountAudienceAsync(new AudienceSpec { Audience = new EventAudience { Channel = "mrbeast" } }, Cancelled)).Devices);

        async Task<ProviderInfo> ProviderAsync() => (await app.FindProviderAsync("apns", Cancelled))!;
    }

    [Fact]
    public async Task Kill_InMidBroadcastThatForbidsResending_ReachesNobodyTwice()
    {
        const int InFlight = 500;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);
        await using var gateway = await StartAsync(
            ("PushGateway__Dispatch__PageSize", "50"), ("PushGateway__Dispatch__MaxDevicesInFlight", $"{InFlight}"));
        var app = await SetUpAsync(gateway, simulator);
        await ImportAsync(app, 6_000);
        // Slow enough for the kill to find some under way.
        simulator.Control.AddRule(new FaultRule { Action = new FaultAction { DelayMilliseconds = 50 } });
        var request = NewVideo with { Options = new EventRequestOptions { ResendUnknown = false, MaxRatePerSecond = 3_000 } };
        var published = await app.PublishAsync(request, null, Cancelled);
        foreach (var milestone in (int[])[1_000, 2_500])
        {
            await WhenAcceptedAsync(simulator, milestone);
            await gateway.KillAsync();
            await gateway.StartAgainAsync();
        }

        var final = await EndAsync(app, published.Event.Id);

        var rejected = final.Counts.Rejected;
        Assert.Equal(new EventCounts { Targeted = 6_000, Accepted = 6_000 - rejected, Rejected = rejected }, final.Counts);
        Assert.InRange(rejected, 1, 2 * InFlight);
        Assert.Equal(rejected, final.Providers.Values.Sum(provider => provider.Reasons.GetValueOrDefault("OutcomeUnknown")));
        var counters = simulator.Control.Counters();
        Assert.Equal(0, counters.AcceptedMoreThanOnce);
        Assert.InRange(counters.DistinctAccepted, final.Counts.Accepted, 6_000);
    }

    private protected static EventRequest NewVideo => new()
    {
        Type = "video.published",
        Audience = new EventAudience { Channel = "mrbeast" },
        Notification = new EventNotification { Title = "New video", Body = "Watch it now" },
        Data = new Dictionary<string, string> { ["videoId"] = "abc" },
    };

    private protected static async Task<PushGatewayAppClient> SetUpAsync(GatewayProcess gateway, ProviderSimulator simulator)
    {
        await gateway.Client.PutAppAsync("demo", "Demo", Cancelled);
        var app = gateway.Client.App("demo");
        await app.PutApnsAsync(Apns(simulator), Cancelled);
        await app.PutFcmAsync(
            new FcmCredentials
            {
                ServiceAccount = JsonNode.Parse(simulator.ServiceAccountJson)!.AsObject(),
                Endpoint = simulator.FcmEndpoint.GetLeftPart(UriPartial.Authority),
                TrustedCertificates = simulator.TrustedCertificatePem,
            },
            Cancelled);
        return app;
    }

    private static ApnsCredentials Apns(ProviderSimulator simulator) => new()
    {
        TeamId = simulator.Options.TeamId,
        KeyId = simulator.Options.KeyId,
        PrivateKey = simulator.ApnsPrivateKeyPem,
        BundleId = simulator.Options.BundleId,
        Environment = "production",
        Endpoint = simulator.ApnsEndpoint.GetLeftPart(UriPartial.Authority),
        TrustedCertificates = simulator.TrustedCertificatePem,
    };

    private static string Token(int number, string prefix) => number % 2 == 0
        ? prefix + $"{number:x8}".PadLeft(64 - prefix.Length, 'f')
        : prefix + $"fcm-{number}:APA91b".PadRight(140, 'x');

    private protected static async Task<ImportSummary> ImportAsync(PushGatewayAppClient app, int count, Func<int, string>? prefix = null)
    {
        var lines = new StringBuilder();
        for (var number = 0; number < count; number++)
        {
            lines.Append(
                $"{{\"device\":\"d{number}\",\"provider\":\"{(number % 2 == 0 ? "apns" : "fcm")}\",\"token\":\"{Token(number, prefix?.Invoke(number) ?? string.Empty)}\"," +
                $"\"subscriber\":\"s{number}\",\"channels\":[\"mrbeast\"]}}\n");
        }

        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(lines.ToString()));
        return await app.ImportAsync(stream, ImportFormat.Ndjson, Cancelled);
    }

    private protected static async Task<EventInfo> EndAsync(PushGatewayAppClient app, string eventId)
    {
        EventInfo? last = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        await foreach (var progress in app.WatchAsync(eventId, limit.Token))
        {
            var counts = progress.Counts;
            Assert.Equal(
                counts.Targeted,
                counts.Accepted + counts.Live + counts.Unregistered + counts.Rejected + counts.Expired + counts.Cancelled + counts.Suppressed +
                counts.Pending);
            last = progress;
        }

        Assert.True(last is { IsFinal: true, Counts.Pending: 0 });
        return (await app.FindEventAsync(eventId, Cancelled))!;
    }

    private protected static Task WhenAcceptedAsync(ProviderSimulator simulator, long count) =>
        WhenAsync(() => simulator.Control.Counters().Accepted >= count);

    /// <summary>Waits for another process to have done something; the deadline makes a hang a failure.</summary>
    private static Task WhenAsync(Func<bool> condition) => WhenAsync(() => Task.FromResult(condition()));

    private static async Task WhenAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The condition does not come true.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancelled);
        }
    }

    private async Task<GatewayProcess> StartAsync(params IEnumerable<(string Setting, string Value)> settings) =>
        await GatewayProcess.StartAsync([.. await NewStoreAsync(), .. settings]);
}
