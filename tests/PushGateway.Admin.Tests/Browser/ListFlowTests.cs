using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>Long lists: narrowed, searched, and gone through to their end.</summary>
public sealed class ListFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task Receipts_OfAnEvent_AreFoundByDeviceReadAgainAndGoneThroughToTheEnd()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        await PutDevicesAsync(dashboard, "phone", "5a5a", 43);
        await PutDevicesAsync(dashboard, "gone", WellKnownTokens.ApnsUnregistered, 2);
        await dashboard.PutAsync("/v1/apps/shop/devices/stranger", new { provider = "apns", token = "5b5b" + new string('0', 60) });
        var eventId = await PublishAsync(dashboard, "Hello", new JsonObject { ["subscribers"] = new JsonArray("customer") });
        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        var card = page.GetByRole(AriaRole.Region, new() { Name = "Devices" });
        var rows = card.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(20);
        await visit.ClickAsync("Show more");
        await Assertions.Expect(rows).ToHaveCountAsync(40);
        await visit.ClickAsync("Show more");
        await Assertions.Expect(rows).ToHaveCountAsync(45);
        await Assertions.Expect(visit.Button("Show more")).ToHaveCountAsync(0);

        var find = page.GetByLabel("Find a device by its id");
        await find.FillAsync("phone-30");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.First).ToContainTextAsync("phone-30");
        await Assertions.Expect(rows.First.Locator(".pg-pill")).ToHaveTextAsync("accepted");
        await visit.AssertAccessibleAsync("receipt of a device");
        await find.FillAsync("gone-1");
        await Assertions.Expect(rows.First.Locator(".pg-pill")).ToHaveTextAsync("unregistered");
        await find.FillAsync("stranger");
        await Assertions.Expect(card).ToContainTextAsync("The event was not for this device, or has not reached it.");
        await visit.PictureAsync("event-no-receipt");
        await visit.AssertAccessibleAsync("no receipt");

        // With an outcome chosen, a device that had another one is not among them.
        await visit.ClickAsync("unregistered 2");
        await find.FillAsync("phone-30");
        await Assertions.Expect(rows).ToHaveCountAsync(0);
        await find.FillAsync("gone-0");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await find.FillAsync(string.Empty);
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await card.GetByRole(AriaRole.Button, new() { NameRegex = new("^All") }).ClickAsync();
        await visit.ClickAsync("Show more");
        await Assertions.Expect(rows).ToHaveCountAsync(40);
        await visit.ClickAsync("Read again");
        await Assertions.Expect(rows).ToHaveCountAsync(20);

        await find.FillAsync("phone-30");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await rows.First.GetByRole(AriaRole.Link, new() { Name = "phone-30" }).ClickAsync();
        await visit.Heading("Devices");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "phone-30", Exact = true })).ToBeVisibleAsync();
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Events_OfSeveralApps_AreFilteredSearchedAndGoneThroughToTheEnd()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/club", new { name = "The club" });
        for (var number = 1; number <= 55; number++)
        {
            await PublishAsync(dashboard, $"Offer {number:00}", new JsonObject { ["all"] = true });
        }

        await PublishAsync(dashboard, "Meeting", new JsonObject { ["all"] = true }, "club");
        await PublishAsync(dashboard, "Offer for members", new JsonObject { ["all"] = true }, "club");
        await visit.GoAsync("/admin/events", "Events");
        var rows = page.Locator("tbody tr");
        var app = page.GetByLabel("App", new() { Exact = true });
        var search = page.GetByLabel("Search by title, type or id");
        await Assertions.Expect(rows).ToHaveCountAsync(25);
        await Assertions.Expect(rows.First).ToContainTextAsync("Offer for members");
        await visit.ClickAsync("Show older ones");
        await Assertions.Expect(rows).ToHaveCountAsync(50);
        await visit.ClickAsync("Show older ones");
        await Assertions.Expect(rows).ToHaveCountAsync(57);
        await Assertions.Expect(rows.Last).ToContainTextAsync("Offer 01");
        await Assertions.Expect(visit.Button("Show older ones")).ToHaveCountAsync(0);

        await app.SelectOptionAsync("club");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await search.FillAsync("offer");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.First).ToContainTextAsync("Offer for members");
        await visit.AssertAccessibleAsync("events of one app");
        await app.SelectOptionAsync("shop");
        await Assertions.Expect(rows).ToHaveCountAsync(25);
        await visit.ClickAsync("Show older ones");
        await Assertions.Expect(rows).ToHaveCountAsync(50);
        await search.FillAsync("offer 1");
        await Assertions.Expect(rows).ToHaveCountAsync(10);
        await app.SelectOptionAsync("club");
        await visit.See("No event fits");
        await visit.PictureAsync("events-none-fits", whole: false);
        await visit.AssertAccessibleAsync("no event fits");

        await visit.GoAsync("/admin/apps/club", "The club");
        await page.GetByRole(AriaRole.Link, new() { Name = "Its events" }).ClickAsync();
        await visit.Heading("Events");
        await Assertions.Expect(app).ToHaveValueAsync("club");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Link, new() { Name = "Meeting" }).ClickAsync();
        await visit.Heading("Meeting");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Removals_OfManyDevices_AreFilteredAndGoneThroughToTheEnd()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/club", new { name = "The club" });
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        await PutDevicesAsync(dashboard, "bad", WellKnownTokens.ApnsBad, 3);

        // Before the credential has proved good nobody knows whether it is the tokens that are wrong.
        await SendAsync("First");
        await PutDevicesAsync(dashboard, "phone", "5a5a", 10);
        await PutDevicesAsync(dashboard, "gone", WellKnownTokens.ApnsUnregistered, 32);
        var eventId = await SendAsync("Hello");

        await visit.GoAsync("/admin/removals?app=shop", "Removals");
        var rows = page.Locator("tbody tr");
        var (app, device, state) = (page.GetByLabel("App", new() { Exact = true }), page.GetByLabel("Device id", new() { Exact = true }), page.GetByLabel("State", new() { Exact = true }));
        await Assertions.Expect(rows).ToHaveCountAsync(30);
        await visit.ClickAsync("Show older ones");
        await Assertions.Expect(rows).ToHaveCountAsync(35);
        await Assertions.Expect(visit.Button("Show older ones")).ToHaveCountAsync(0);
        await state.SelectOptionAsync("Quarantined");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        await Assertions.Expect(page.Locator("tbody .pg-pill")).ToHaveTextAsync(["quarantined", "quarantined", "quarantined"]);
        await visit.PictureAsync("removals-quarantined", whole: false);
        await visit.AssertAccessibleAsync("quarantined devices");
        await device.FillAsync("gone-7");
        await visit.See("No removal fits");
        await visit.AssertAccessibleAsync("no removal fits");
        await state.SelectOptionAsync("Removed");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.First).ToContainTextAsync("gone-7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo the removal of gone-7" }).ClickAsync();

        // It is among the undone now, and no longer among those that are shown.
        await Assertions.Expect(rows).ToHaveCountAsync(0);
        await state.SelectOptionAsync("Undone");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("tbody .pg-pill")).ToHaveTextAsync("undone");
        await device.FillAsync(string.Empty);
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await state.SelectOptionAsync("Removed");
        await Assertions.Expect(rows).ToHaveCountAsync(30);
        await visit.ClickAsync("Show older ones");
        await Assertions.Expect(rows).ToHaveCountAsync(31);
        await state.SelectOptionAsync(string.Empty);
        await app.SelectOptionAsync("club");
        await visit.See("No removal");
        await Assertions.Expect(rows).ToHaveCountAsync(0);
        await app.SelectOptionAsync("shop");
        await Assertions.Expect(rows).ToHaveCountAsync(30);
        await rows.First.GetByRole(AriaRole.Link, new() { Name = "the event" }).ClickAsync();
        await visit.Heading("Hello");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"/admin/events/shop/{eventId}$"));
        visit.AssertQuiet();

        async Task<string> SendAsync(string title)
        {
            var id = await PublishAsync(dashboard, title, new JsonObject { ["all"] = true });
            await visit.GoAsync($"/admin/events/shop/{id}", title);
            await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
            return id;
        }
    }

    /// <summary>All of one subscriber, and so judged and shown in one go.</summary>
    private static async Task PutDevicesAsync(Dashboard dashboard, string name, string tokenPrefix, int count)
    {
        for (var index = 0; index < count; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/{name}-{index}", new { provider = "apns", token = tokenPrefix + index.ToString("x60", null), subscriber = "customer" });
        }
    }

    private static async Task<string> PublishAsync(Dashboard dashboard, string title, JsonObject audience, string app = "shop") =>
        (await dashboard.PostAsync($"/v1/apps/{app}/events", new JsonObject
        {
            ["type"] = "greeting",
            ["audience"] = audience,
            ["notification"] = new JsonObject { ["title"] = title },
        }))["id"]!.GetValue<string>();
}
