using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Playwright;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>A webhook's whole life from its page, with a receiver that fails and is repaired.</summary>
public sealed class WebhookFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task Admin_RepairsAParkedWebhook_EditsItDisablesItAndRenewsItsSecret()
    {
        var chromium = browser.Browser;
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration.AddInMemoryCollection(WebhookReceiver.Impatience));
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await visit.GoAsync("/admin/apps/shop?tab=webhooks", "The shop");
        await visit.ClickAsync("New webhook");
        await page.GetByLabel("Id", new() { Exact = true }).FillAsync("reports");
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync(receiver.Url);
        await visit.ClickAsync("Create");
        var secret = await page.Locator("#webhook-secret").TextContentAsync();
        var pill = page.Locator(".pg-webhook .pg-pill");
        await Assertions.Expect(pill).ToHaveTextAsync("active");

        // What it is told of happens; it fails, and its page says so by itself.
        receiver.Answer = StatusCodes.Status500InternalServerError;
        await PublishAsync(dashboard);
        await Assertions.Expect(pill).ToHaveTextAsync("parked");
        await Assertions.Expect(Measure("Waiting")).ToContainTextAsync("1 notice");
        await Assertions.Expect(Measure("Last failure")).ToContainTextAsync("500");
        await Assertions.Expect(Measure("Last success")).ToContainTextAsync("never");
        await visit.PictureAsync("webhook-parked", whole: false);
        await visit.AssertAccessibleAsync("parked webhook");
        receiver.Answer = StatusCodes.Status200OK;
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume reports" }).ClickAsync();
        await Assertions.Expect(pill).ToHaveTextAsync("active");
        await Assertions.Expect(Measure("Waiting")).ToContainTextAsync("0 notices");
        await Assertions.Expect(Measure("Last success")).Not.ToContainTextAsync("never");
        await Assertions.Expect(Measure("Last failure")).ToContainTextAsync("500");

        await page.GetByRole(AriaRole.Button, new() { Name = "Edit reports" }).ClickAsync();
        await Assertions.Expect(page.Locator("#webhook-url")).ToHaveValueAsync(receiver.Url);
        await page.Locator("#webhook-url").FillAsync(receiver.Url + "/other");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^devices are removed") }).UncheckAsync();
        await visit.PictureAsync("webhook-edit", whole: false);
        await visit.AssertAccessibleAsync("webhook that is edited");
        await visit.ClickAsync("Save");
        await Assertions.Expect(Measure("Told of")).Not.ToContainTextAsync("devices are removed");
        var shown = await GetAsync(dashboard);
        Assert.Equal(receiver.Url + "/other", shown["url"]!.GetValue<string>());
        Assert.DoesNotContain("devices.removed", shown["events"]!.ToJsonString(), StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "New secret for reports" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Make a new secret" }).ClickAsync();
        await Assertions.Expect(page.Locator("#webhook-secret")).ToContainTextAsync("whsec_");
        Assert.NotEqual(secret, await page.Locator("#webhook-secret").TextContentAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Disable reports" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Disable it" }).ClickAsync();
        await Assertions.Expect(pill).ToHaveTextAsync("disabled");
        Assert.False((await GetAsync(dashboard))["enabled"]!.GetValue<bool>());
        await page.GetByRole(AriaRole.Button, new() { Name = "Enable reports" }).ClickAsync();
        await Assertions.Expect(pill).ToHaveTextAsync("active");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test reports" }).ClickAsync();
        await visit.See("The receiver took the test notice.");
        Assert.Contains("/hook/other", receiver.Paths);
        visit.AssertQuiet();

        ILocator Measure(string name) => page.Locator(".pg-measures > div", new() { Has = page.GetByText(name, new() { Exact = true }) }).Locator("dd");
    }

    private static Task<JsonNode> PublishAsync(Dashboard dashboard) => dashboard.PostAsync("/v1/apps/shop/events", new JsonObject
    {
        ["type"] = "greeting",
        ["audience"] = new JsonObject { ["all"] = true },
        ["notification"] = new JsonObject { ["title"] = "Hello" },
    });

    private static async Task<JsonNode> GetAsync(Dashboard dashboard)
    {
        using var http = dashboard.Api();
        return JsonNode.Parse(await http.GetStringAsync("/v1/apps/shop/webhooks/reports", TestContext.Current.CancellationToken))!;
    }
}
