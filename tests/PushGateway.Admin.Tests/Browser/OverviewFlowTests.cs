using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Playwright;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>An overview that stays open: it moves with what happens, says what is wrong, and leads to where that is mended.</summary>
public sealed partial class OverviewFlowTests(BrowserFixture browser)
{
    private static readonly LocatorAssertionsToBeVisibleOptions s_withinTenSeconds = new() { Timeout = 10_000 };
    private static readonly string[] s_notices = ["event.completed"];

    [Fact]
    public async Task Overview_WithAProviderThatThrottles_SaysSoAndRecovers()
    {
        // From fifty refusals in a row on it is not the devices' bad luck.
        const int Devices = 60;
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        simulator.Control.AddRule(new FaultRule { Provider = SimulatedProvider.Fcm, Action = new FaultAction { Answer = "QUOTA_EXCEEDED", RetryAfterSeconds = 2 } });
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration["PushGateway:Dispatch:DeferredRetryDelay"] = "00:00:01");
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        await dashboard.PutAsync("/v1/apps/shop/providers/fcm", simulator.Control.Credentials.Fcm);
        for (var index = 0; index < Devices; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = "fcm", token = $"fine-sample-token-of-an-android-{index}" });
        }

        await visit.GoAsync("/admin", "Overview");
        await Assertions.Expect(page.Locator("#all-well")).ToBeVisibleAsync();

        await PublishAsync(dashboard, "Hello", []);

        await Assertions.Expect(page.GetByText("FCM asks The shop to slow down (QUOTA_EXCEEDED).")).ToBeVisibleAsync(s_withinTenSeconds);
        await visit.See("The project's quota is used up. It is tried again more slowly; ask Google for more if it is so often.");
        await visit.See("Devices wait and none is lost.");
        var providers = page.Locator("section[aria-labelledby=health-title] .pg-stack > .pg-row");
        await Assertions.Expect(providers.Filter(new() { HasText = "FCM" }).Locator(".pg-pill.warn")).ToHaveTextAsync("Waiting");
        await Assertions.Expect(providers.Filter(new() { HasText = "APNs" }).Locator(".pg-pill.ok")).ToHaveTextAsync("Ready");
        await visit.PictureAsync("overview-throttled", whole: false);
        await visit.AssertAccessibleAsync("throttled provider");
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at the app" }).ClickAsync();
        await visit.Heading("The shop");
        await visit.See("FCM asks The shop to slow down (QUOTA_EXCEEDED).");
        await visit.See("Next try");
        await visit.PictureAsync("app-throttled", whole: false);
        await visit.AssertAccessibleAsync("app of a throttled provider");

        simulator.Control.ClearRules();

        await visit.GoAsync("/admin", "Overview");
        await Assertions.Expect(page.Locator("#all-well")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Assertions.Expect(page.Locator("section[aria-labelledby=recent-title] .pg-event")).ToContainTextAsync($"{Devices} of {Devices} accepted", new() { Timeout = 60_000 });
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Overview_WhileABroadcastRuns_MovesByItself()
    {
        const int Devices = 120;
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        for (var index = 0; index < Devices; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = "apns", token = "5a5a" + index.ToString("x60", null) });
        }

        await visit.GoAsync("/admin", "Overview");
        await visit.See("Your first notification");

        // Nobody reloads the page from here on.
        var broadcast = await PublishAsync(dashboard, "To everybody", new JsonObject { ["maxRatePerSecond"] = 1 });
        var flight = page.Locator("section[aria-labelledby=flight-title]");
        var scheduled = page.Locator("section[aria-labelledby=scheduled-title]");
        var row = flight.Locator(".pg-event", new() { HasText = "To everybody" });
        await Assertions.Expect(row.Locator(".pg-pill")).ToHaveTextAsync("sending");
        await Assertions.Expect(row.Locator(".pg-event-foot")).ToContainTextAsync(Progress());
        await Assertions.Expect(row.Locator(".pg-event-foot")).ToContainTextAsync(new Regex(@"[0-9.]+ a second"));
        await Assertions.Expect(row.GetByRole(AriaRole.Progressbar)).ToHaveAttributeAsync("aria-valuenow", new Regex("^[1-9]"));
        await Assertions.Expect(Stat("Events in flight").Locator(".pg-stat-value")).ToHaveTextAsync("1");
        await Assertions.Expect(Stat("Accepted a second").Locator(".pg-stat-value")).ToHaveTextAsync(new Regex("[1-9]"));
        await Assertions.Expect(page.Locator("section[aria-labelledby=rate-title] [aria-label^='Accepted a second: now']")).ToHaveAttributeAsync("aria-label", new Regex("highest [0-9.]*[1-9]"));
        foreach (var moving in new[]
        {
            Stat("Accepted since the start").Locator(".pg-stat-value"), row.Locator(".pg-event-foot b").First,
            page.Locator("section[aria-labelledby=outcome-title] .pg-legend b").First,
        })
        {
            await Assertions.Expect(moving).Not.ToHaveTextAsync("0");
            await Assertions.Expect(moving).Not.ToHaveTextAsync((await moving.TextContentAsync())!);
        }

        await Assertions.Expect(scheduled).ToContainTextAsync("Nothing waits for its time");
        var later = await PublishAsync(dashboard, "In a moment", new JsonObject { ["maxRatePerSecond"] = 1, ["sendAt"] = TimeProvider.System.GetUtcNow().AddSeconds(15).ToString("O") });
        var waiting = scheduled.Locator(".pg-event", new() { HasText = "In a moment" });
        await Assertions.Expect(waiting).ToContainTextAsync("for about 120");
        await Assertions.Expect(waiting).ToContainTextAsync("begins in");
        await Assertions.Expect(Stat("Events in flight")).ToContainTextAsync("1 scheduled");
        await visit.PictureAsync("overview-moving");
        await visit.AssertAccessibleAsync("overview of a broadcast");

        // Its time comes.
        await Assertions.Expect(waiting).ToHaveCountAsync(0, new() { Timeout = 40_000 });
        await Assertions.Expect(flight.Locator(".pg-event", new() { HasText = "In a moment" })).ToContainTextAsync(Progress());
        await Assertions.Expect(Stat("Events in flight").Locator(".pg-stat-value")).ToHaveTextAsync("2");
        await Assertions.Expect(Stat("Events in flight")).ToContainTextAsync("0 scheduled");

        foreach (var id in new[] { broadcast, later })
        {
            await dashboard.PostAsync($"/v1/apps/shop/events/{id}/cancel", new { });
        }

        await Assertions.Expect(flight).ToContainTextAsync("Nothing is being sent");
        await Assertions.Expect(page.Locator("section[aria-labelledby=recent-title] .pg-event .pg-pill")).ToHaveTextAsync(["cancelled", "cancelled"]);
        visit.AssertQuiet();

        ILocator Stat(string label) => page.Locator(".pg-stat", new() { Has = page.GetByText(label, new() { Exact = true }) });
    }

    [Fact]
    public async Task Overview_WithAParkedWebhook_LeadsToItsRepair()
    {
        var chromium = browser.Browser;
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration.AddInMemoryCollection(WebhookReceiver.Impatience));
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/webhooks/reports", new { url = receiver.Url, events = s_notices });
        receiver.Answer = StatusCodes.Status503ServiceUnavailable;
        await visit.GoAsync("/admin", "Overview");
        await Assertions.Expect(page.Locator("#all-well")).ToBeVisibleAsync();

        await PublishAsync(dashboard, "Hello", []);

        var problem = page.GetByText("Webhook reports of The shop has not answered for long.");
        await Assertions.Expect(problem).ToBeVisibleAsync(s_withinTenSeconds);
        await visit.See("Notices for it are kept. Repair the receiver, then resume the webhook.");
        await Assertions.Expect(page.Locator(".pg-notice.warn")).ToContainTextAsync("503");
        await visit.PictureAsync("overview-parked-webhook", whole: false);
        await visit.AssertAccessibleAsync("overview with a parked webhook");
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at the webhook" }).ClickAsync();
        await visit.Heading("The shop");
        await Assertions.Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Webhooks" })).ToHaveAttributeAsync("aria-selected", "true");
        receiver.Answer = StatusCodes.Status200OK;
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume reports" }).ClickAsync();
        await Assertions.Expect(page.Locator(".pg-webhook .pg-pill")).ToHaveTextAsync("active");

        await page.GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await visit.Heading("Overview");
        await Assertions.Expect(page.Locator("#all-well")).ToBeVisibleAsync();
        await Assertions.Expect(problem).ToHaveCountAsync(0);
        visit.AssertQuiet();
    }

    [GeneratedRegex("[1-9][0-9]* of 120 accepted")]
    private static partial Regex Progress();

    private static async Task<string> PublishAsync(Dashboard dashboard, string title, JsonObject options) => (await dashboard.PostAsync("/v1/apps/shop/events", new JsonObject
    {
        ["type"] = "greeting",
        ["audience"] = new JsonObject { ["all"] = true },
        ["notification"] = new JsonObject { ["title"] = title },
        ["options"] = options,
    }))["id"]!.GetValue<string>();
}
