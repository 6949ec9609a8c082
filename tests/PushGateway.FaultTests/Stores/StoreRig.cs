using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.FaultTests.Runs;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Simulator;

namespace PushGateway.FaultTests.Stores;

/// <summary>A gateway with an audience, whose store something is going to happen to.</summary>
internal sealed class StoreRig : IAsyncDisposable
{
    private StoreRig(ProviderSimulator simulator, GatewayProcess gateway, Audience audience)
    {
        (Simulator, Gateway, Audience) = (simulator, gateway, audience);
        App = gateway.Client.App("app");
    }

    public ProviderSimulator Simulator { get; }

    public GatewayProcess Gateway { get; }

    public PushGatewayAppClient App { get; }

    public Audience Audience { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<StoreRig> StartAsync(int devices, string? folder, params IEnumerable<(string Setting, string Value)> settings)
    {
        var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions { RecentPushes = 0 }, ct: Cancelled);
        var gateway = new GatewayProcess(settings, folder);
        var rig = new StoreRig(simulator, gateway, Audience.Plan(new Random(1), "channel", 0, devices, 0.01));
        await gateway.StartAgainAsync();
        await Provisioning.SetUpAsync(gateway.Client, "app", simulator, simulator.ApnsEndpoint, simulator.FcmEndpoint);
        await Provisioning.ImportAsync(rig.App, rig.Audience.ToNdjson(0, devices));
        return rig;
    }

    public EventRequest Broadcast(int? rate) => Samples.Event(new EventAudience { Channel = Audience.Channel }, rate);

    /// <summary>An event that nobody gets: only its row counts.</summary>
    public static EventRequest ToNobody => Samples.Event(new EventAudience { Channel = "nobody" }, null);

    public async Task<(HttpStatusCode Status, string Body, TimeSpan? RetryAfter)> PublishRawAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/apps/app/events")
        {
            Content = JsonContent.Create(new { type = "t", audience = new { channel = "nobody" }, notification = new { title = "x" } }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AdminKey);
        request.Headers.Add("Idempotency-Key", key);
        using var response = await Gateway.Http.SendAsync(request, Cancelled);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancelled), response.Headers.RetryAfter?.Delta);
    }

    public async Task<HttpStatusCode> ReadinessAsync()
    {
        using var response = await Gateway.Http.GetAsync(new Uri("/readyz", UriKind.Relative), Cancelled);
        return response.StatusCode;
    }

    public async Task<int> CountEventsAsync()
    {
        var (count, cursor) = (0, default(string));
        do
        {
            var page = await App.ListEventsAsync(cursor, Cancelled);
            (count, cursor) = (count + page.Items.Count, page.NextCursor);
        }
        while (cursor is not null);
        return count;
    }

    /// <summary>Every device has its outcome, and every good one was notified once.</summary>
    public async Task CheckBroadcastAsync(string eventId)
    {
        await EventuallyAsync(async () => (await App.FindEventAsync(eventId, Cancelled))!.IsFinal);
        var final = (await App.FindEventAsync(eventId, Cancelled))!;
        long Count(string outcome) => Audience.Devices.Count(device => device.Outcome == outcome);
        Assert.Equal("completed", final.State);
        Assert.Equal(
            new EventCounts
            {
                Targeted = Audience.Devices.Count,
                Accepted = Count("accepted"),
                Unregistered = Count("unregistered"),
                Rejected = Count("rejected"),
            },
            final.Counts);
        Assert.All(Audience.Devices, device => Assert.Equal(device.Outcome == "accepted" ? 1 : 0, Simulator.Control.TimesAccepted(device.Provider, device.Token)));
    }

    public static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The condition does not come true.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancelled);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Simulator.DisposeAsync();
    }
}
