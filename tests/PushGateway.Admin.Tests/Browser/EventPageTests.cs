using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>What the page of one event shows while it is sent and afterwards.</summary>
public sealed class EventPageTests(BrowserFixture browser)
{
    private static readonly string[] s_confirmed = ["phone-1"];

    [Fact]
    public async Task EventPage_WhileItIsSent_HasChartAndMarksAlsoAfterAReload()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator, 100, dead: 0);
        var eventId = await PublishAsync(dashboard, new JsonObject { ["maxRatePerSecond"] = 5 });
        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        var half = page.Locator("#mark-50 .pg-stat-value");
        await Assertions.Expect(half).ToHaveTextAsync(new Regex(@"^[0-9.]+ s$"));

        // Held here: whatever else the machine does, it is not over before all is looked at.
        await dashboard.PostAsync($"/v1/apps/shop/events/{eventId}/pause", new { });
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("paused");
        await Assertions.Expect(page.Locator(".pg-plot-mark")).ToHaveAttributeAsync("title", new Regex("^Half after"));
        await Assertions.Expect(page.Locator("#mark-99 .pg-stat-value")).ToHaveTextAsync("–");
        await visit.PictureAsync("event-live");
        await visit.AssertAccessibleAsync("event that is being sent");
        var before = await SecondsAsync();

        // Nothing is lost with the page: what was before it is recorded.
        await page.ReloadAsync();
        await visit.Heading("Hello");
        await Assertions.Expect(half).ToHaveTextAsync(new Regex(@"^[0-9.]+ s$"));
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("paused");
        Assert.InRange(await SecondsAsync(), before - 2, before + 2);
        await dashboard.PostAsync($"/v1/apps/shop/events/{eventId}/cancel", new { });
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("cancelled");
        visit.AssertQuiet();

        async Task<double> SecondsAsync() => double.Parse((await half.TextContentAsync())!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Receipts_OfAnEvent_ShowFailuresFirstAndNarrowToAnOutcome()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator, 40, dead: 2);
        var eventId = await PublishAsync(dashboard, []);
        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        var rows = page.GetByRole(AriaRole.Table).Last.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(20);
        for (var row = 0; row < 3; row++)
        {
            await Assertions.Expect(rows.Nth(row).Locator(".pg-pill")).ToHaveTextAsync(row < 2 ? "unregistered" : "accepted");
        }

        await Assertions.Expect(rows.First).ToContainTextAsync("The app was removed from the device");
        await visit.ClickAsync("Show more");
        await Assertions.Expect(rows).ToHaveCountAsync(40);
        await visit.ClickAsync("accepted 38");
        await Assertions.Expect(rows).ToHaveCountAsync(20);
        await Assertions.Expect(rows.First.Locator(".pg-pill")).ToHaveTextAsync("accepted");
        await visit.ClickAsync("unregistered 2");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await Assertions.Expect(visit.Button("Show more")).ToHaveCountAsync(0);
        await visit.AssertAccessibleAsync("receipts of an outcome");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Receipts_OfAnEventThatIsLiveFirst_ShowWhoHadItLive()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator, 3, dead: 0);
        for (var index = 0; index < 3; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/channels/news/subscribers/customer-{index}", new { });
        }

        var eventId = await PublishAsync(dashboard, new JsonObject { ["live"] = "first", ["liveWaitSeconds"] = 3 }, new JsonObject { ["channels"] = new JsonArray("news") });
        await dashboard.PostAsync($"/v1/apps/shop/events/{eventId}/confirm", new { devices = s_confirmed });

        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        var rows = page.GetByRole(AriaRole.Table).Last.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        await visit.See("1 device had it live: the app was connected and confirmed it");
        await Assertions.Expect(page.Locator("section[aria-labelledby=reasons-title]")).ToContainTextAsync("There is nothing to explain");
        await visit.ClickAsync("live 1");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.First).ToContainTextAsync("phone-1");
        await visit.PictureAsync("event-live-first");
        visit.AssertQuiet();
    }

    private static async Task PutAppAsync(Dashboard dashboard, ProviderSimulator simulator, int devices, int dead)
    {
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        for (var index = 0; index < devices; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = "apns", token = (index < dead ? "dead" : "5a5a") + index.ToString("x60", null), subscriber = $"customer-{index}" });
        }
    }

    private static async Task<string> PublishAsync(Dashboard dashboard, JsonObject options, JsonObject? audience = null) => (await dashboard.PostAsync("/v1/apps/shop/events", new JsonObject
    {
        ["type"] = "greeting",
        ["audience"] = audience ?? new JsonObject { ["all"] = true },
        ["notification"] = new JsonObject { ["title"] = "Hello", ["body"] = "From the shop" },
        ["options"] = options,
    }))["id"]!.GetValue<string>();
}
