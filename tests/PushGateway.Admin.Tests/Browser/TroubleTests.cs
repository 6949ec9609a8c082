using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PushGateway.Core.Events;
using PushGateway.Core.Nodes;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>What goes wrong is on an open overview within ten seconds, in words that say what to do.</summary>
public sealed class TroubleTests(BrowserFixture browser)
{
    private static readonly LocatorAssertionsToBeVisibleOptions s_withinTenSeconds = new() { Timeout = 10_000 };

    [Fact]
    public async Task Overview_WithAProviderOutOfReach_SaysSoAndWhatToDo()
    {
        var chromium = browser.Browser;
        var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator, "5a5a");
        await simulator.DisposeAsync();
        await visit.GoAsync("/admin", "Overview");
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToBeVisibleAsync();

        await PublishAsync(dashboard);

        await Assertions.Expect(visit.Page.GetByText("APNs cannot be reached for The shop.")).ToBeVisibleAsync(s_withinTenSeconds);
        await visit.See("look at the network, the firewall or the proxy between the gateway and the provider");
        await visit.PictureAsync("overview-unreachable", whole: false);
        await visit.AssertAccessibleAsync("provider out of reach");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Overview_WithAGatewayThatIsSilent_SaysSoAndShowsAllOfThem()
    {
        var chromium = browser.Browser;
        var directory = new ScriptedNodes();
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Services.AddSingleton<INodeDirectory>(directory));
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        directory.Nodes = [ScriptedNodes.Node(1, "web-1", NodeState.Running, 32, isThis: true), ScriptedNodes.Node(2, "web-2", NodeState.Late, 32)];
        await PublishAsync(dashboard);
        await visit.GoAsync("/admin", "Overview");

        await Assertions.Expect(visit.Page.GetByText("Gateway web-2 has not been heard of for 6 seconds.")).ToBeVisibleAsync(s_withinTenSeconds);
        await visit.See("See whether its machine runs and reaches the database.");
        await visit.See("web-1");
        await visit.PictureAsync("overview-gateways", whole: true);
        await visit.AssertAccessibleAsync("silent gateway");

        // What is well is this gateway, and it does not say more.
        directory.Nodes = [ScriptedNodes.Node(1, "web-1", NodeState.Running, 32, isThis: true), ScriptedNodes.Node(2, "web-2", NodeState.Running, 32)];
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToHaveTextAsync("Nothing is wrong at this gateway");
        directory.Nodes = [ScriptedNodes.Node(1, "web-1", NodeState.Running, 64, isThis: true)];
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToHaveTextAsync("All is well");
        await Assertions.Expect(visit.Page.Locator("#nodes-title")).ToBeHiddenAsync();
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Overview_WithAnEventThatStandsStill_SaysSoAndWhatToDo()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(
            new SimulatorOptions { SlowAnswerDelay = TimeSpan.FromMinutes(2) }, ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration["PushGateway:Apns:AttemptTimeout"] = "00:02:00");
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator, WellKnownTokens.ApnsSlow);
        await visit.GoAsync("/admin", "Overview");
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToBeVisibleAsync();

        var eventId = await PublishAsync(dashboard);

        await Assertions.Expect(visit.Page.GetByText("“Hello” of The shop stands still: no device has come to an outcome for")).ToBeVisibleAsync(s_withinTenSeconds);
        await visit.See("a restart loses nothing");
        await visit.PictureAsync("overview-standing", whole: false);
        await visit.AssertAccessibleAsync("standing event");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Look at the event" }).ClickAsync();
        await visit.Heading("Hello");

        // Who pauses it has explained it.
        await visit.ClickAsync("Pause");
        await visit.See("Devices wait until it is resumed.");
        await visit.GoAsync("/admin", "Overview");
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToBeVisibleAsync();
        await dashboard.PostAsync($"/v1/apps/shop/events/{eventId}/cancel", new { });
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Overview_WithAStoreThatDoesNotAnswer_SaysSoAndRecovers()
    {
        var chromium = browser.Browser;
        using var search = new HeldSearch();
        await using var dashboard = await Dashboard.StartAsync(builder =>
        {
            var inner = builder.Services.Single(service => service.ServiceType == typeof(IEventSearch));
            builder.Services.AddSingleton<IEventSearch>(services => search.Over((IEventSearch)(
                inner.ImplementationFactory?.Invoke(services) ?? ActivatorUtilities.CreateInstance(services, inner.ImplementationType!))));
        });
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToBeVisibleAsync();

        search.Hold();

        await Assertions.Expect(visit.Page.GetByText("The store has a problem. It has not answered for 5 seconds.")).ToBeVisibleAsync(s_withinTenSeconds);
        await visit.See("what is being sent is held, and nothing is lost");
        search.Release();
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToBeVisibleAsync(s_withinTenSeconds);
        visit.AssertQuiet();
    }

    private static async Task PutAppAsync(Dashboard dashboard, ProviderSimulator simulator, string tokenPrefix)
    {
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        for (var index = 0; index < 5; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = "apns", token = tokenPrefix + index.ToString("x60", null) });
        }
    }

    private static async Task<string> PublishAsync(Dashboard dashboard) => (await dashboard.PostAsync("/v1/apps/shop/events", new JsonObject
    {
        ["type"] = "greeting",
        ["audience"] = new JsonObject { ["all"] = true },
        ["notification"] = new JsonObject { ["title"] = "Hello" },
    }))["id"]!.GetValue<string>();

    /// <summary>A store whose reads take as long as is asked of it.</summary>
    private sealed class HeldSearch : IEventSearch, IDisposable
    {
        private readonly ManualResetEventSlim _free = new(initialState: true);
        private IEventSearch? _inner;

        public HeldSearch Over(IEventSearch inner)
        {
            _inner = inner;
            return this;
        }

        public void Hold() => _free.Reset();

        public void Release() => _free.Set();

        public void Dispose() => _free.Dispose();

        public Task<IReadOnlyList<EventHit>> ListAsync(EventQuery query, CancellationToken cancellationToken) => _inner!.ListAsync(query, cancellationToken);

        public Task<IReadOnlyList<EventHit>> ListBegunAsync(int limit, CancellationToken cancellationToken)
        {
            // As SQLite does on a disk that hangs: the thread is held.
            _free.Wait(cancellationToken);
            return _inner!.ListBegunAsync(limit, cancellationToken);
        }

        public Task<IReadOnlyList<EventHit>> ListScheduledAsync(int limit, CancellationToken cancellationToken) => _inner!.ListScheduledAsync(limit, cancellationToken);

        public Task<IReadOnlyList<EventHit>> ListFinishedAsync(int limit, CancellationToken cancellationToken) => _inner!.ListFinishedAsync(limit, cancellationToken);

        public Task<int> CountScheduledAsync(CancellationToken cancellationToken) => _inner!.CountScheduledAsync(cancellationToken);
    }

    private sealed class ScriptedNodes : INodeDirectory
    {
        public volatile IReadOnlyList<GatewayNode> Nodes = [];

        public static GatewayNode Node(long key, string name, NodeState state, int shards, bool isThis = false) => new(
            key, name, "1.0", state, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, state == NodeState.Running ? TimeSpan.Zero : TimeSpan.FromSeconds(6), shards, isThis);

        public Task<IReadOnlyList<GatewayNode>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(Nodes);
    }
}
