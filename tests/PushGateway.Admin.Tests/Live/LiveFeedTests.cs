using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Admin.Live;
using PushGateway.Admin.Tests.Browser;
using PushGateway.Admin.Tests.Components;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;

namespace PushGateway.Admin.Tests.Live;

/// <summary>What the one stream says of a gateway that has much to do.</summary>
public sealed class LiveFeedTests
{
    private static readonly DateTimeOffset s_someDay = TimeProvider.System.GetUtcNow().AddDays(20);

    [Fact]
    public async Task Sample_WithManyScheduledEvents_StillShowsWhatIsUnderWayWhatComesNextAndWhatIsDone()
    {
        await using var dashboard = await Dashboard.StartAsync();
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PostAsync("/v1/apps/shop/events", Event("done", null));
        var soonest = (await dashboard.PostAsync("/v1/apps/shop/events", Event("soonest", s_someDay.AddDays(-10))))["id"]!.GetValue<string>();
        var paused = (await dashboard.PostAsync("/v1/apps/shop/events", Event("paused", s_someDay)))["id"]!.GetValue<string>();
        await dashboard.PostAsync($"/v1/apps/shop/events/{paused}/pause", new { });
        await dashboard.PostAsync("/v1/apps/shop/events/batch", new JsonObject
        {
            ["events"] = new JsonArray([.. Enumerable.Range(1, 250).Select(number => (JsonNode)Event($"later {number}", s_someDay.AddMinutes(-number)))]),
        });

        var snapshot = await SampleAsync(dashboard, snapshot => snapshot.Recent.Count > 0);

        Assert.Equal(["paused"], snapshot.InFlight.Select(entry => entry.Title));
        Assert.Equal(["done"], snapshot.Recent.Select(entry => entry.Title));
        Assert.Equal((soonest, "later 250", 10, 251), (snapshot.Scheduled[0].Id, snapshot.Scheduled[1].Title, snapshot.Scheduled.Count, snapshot.ScheduledCount));

        static JsonObject Event(string title, DateTimeOffset? sendAt) => new()
        {
            ["type"] = "greeting",
            ["audience"] = new JsonObject { ["all"] = true },
            ["notification"] = new JsonObject { ["title"] = title },
            ["options"] = new JsonObject { ["sendAt"] = sendAt?.ToString("O") },
        };
    }

    [Fact]
    public async Task Sample_WithTroubleOfTheLastOfManyApps_NamesTenAndCountsTheRest()
    {
        var credential = new ApnsCredential { TeamId = "TEAM000001", KeyId = "KEY0000001", PrivateKey = "key", BundleId = "com.example", Environment = DeviceEnvironment.Production };
        App[] apps =
        [
            .. Enumerable.Range(1, 300).Select(key => new App
            {
                Key = key,
                Id = $"app-{key}",
                Name = $"App {key}",
                CreatedAt = DateTimeOffset.UnixEpoch,
                Credentials = new Dictionary<ProviderKind, ProviderCredential> { [ProviderKind.Apns] = credential },
            }),
        ];
        IReadOnlyList<EventHit> none = [];
        var dispatcher = Stub.Of<IFanOutDispatcher>((method, arguments) => method == nameof(IFanOutDispatcher.GetHealth)
            ? new[] { new ProviderHealth(ProviderKind.Apns, (int)arguments[0]! switch { 300 => ProviderState.Stopped, > 287 => ProviderState.BackingOff, _ => ProviderState.Running }, null, null, null, null) }
            : Array.Empty<StandingEvent>());
        using var feed = new LiveFeed(
            Stub.Of<IAppStore>((_, _) => apps), Stub.Of<IEventStore>((_, _) => null),
            Stub.Of<IEventSearch>((_, _) => Task.FromResult(none)), dispatcher, Stub.Of<IOutcomeTotals>((_, _) => default(OutcomeCounts)),
            Stub.Of<IRemovalStore>((_, _) => Array.Empty<RemovalHold>()), Stub.Of<IWebhookStore>((_, _) => Array.Empty<Webhook>()),
            Stub.Of<IStoreWatch>((_, _) => Task.FromResult(new StoreReport(null, null, null))),
            Stub.Of<INodeDirectory>((_, _) => Task.FromResult<IReadOnlyList<GatewayNode>>([])), TimeProvider.System, NullLogger<LiveFeed>.Instance);
        await feed.StartAsync(TestContext.Current.CancellationToken);

        var snapshot = await SampleAsync(feed, _ => true);

        await feed.StopAsync(TestContext.Current.CancellationToken);
        Assert.Contains("App 300", snapshot.Troubles[0].What, StringComparison.Ordinal);
        Assert.Equal((11, "3 more providers of apps have trouble."), (snapshot.Troubles.Count, snapshot.Troubles[^1].What));
        Assert.Equal(("app-300", 300), (snapshot.Providers[0].AppId, snapshot.ProviderCount));
    }

    private static Task<LiveSnapshot> SampleAsync(Dashboard dashboard, Func<LiveSnapshot, bool> isIt) =>
        SampleAsync(dashboard.Application.Services.GetRequiredService<LiveFeed>(), isIt);

    private static async Task<LiveSnapshot> SampleAsync(LiveFeed feed, Func<LiveSnapshot, bool> isIt)
    {
        var sampled = new TaskCompletionSource<LiveSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        feed.Sampled += snapshot =>
        {
            if (isIt(snapshot))
            {
                sampled.TrySetResult(snapshot);
            }
        };
        using (feed.Watch())
        {
            return await sampled.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
