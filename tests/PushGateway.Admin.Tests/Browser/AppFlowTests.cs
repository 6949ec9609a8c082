using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>What an admin does with apps, and an operator with a device; what the API says afterwards.</summary>
public sealed class AppFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task Admin_MakesAnApp_AndDeletesItByItsId()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/the-shop", new { name = "Another shop" });
        await visit.GoAsync("/admin/apps", "Apps");
        await visit.ClickAsync("New app");
        await page.Locator("#app-name").FillAsync("The shop");
        await page.Locator("#app-id").FillAsync("the-shop");
        await visit.ClickAsync("Create");
        await visit.See("There is an app with this id already.");
        await page.Locator("#app-id").FillAsync(string.Empty);
        await Assertions.Expect(page.Locator("#app-id")).ToHaveAttributeAsync("placeholder", "the-shop-2");
        await visit.PictureAsync("apps-new", whole: false);
        await visit.AssertAccessibleAsync("new app");
        await visit.ClickAsync("Create");
        await visit.Heading("The shop");
        Assert.Equal("The shop", (await FindAsync(dashboard, "/v1/apps/the-shop-2"))!["name"]!.GetValue<string>());

        await visit.ClickAsync("Delete…");
        await Assertions.Expect(visit.Button("Delete it all")).ToBeDisabledAsync();
        await page.Locator("#confirm-word").FillAsync("the-shop");
        await Assertions.Expect(visit.Button("Delete it all")).ToBeDisabledAsync();
        await page.Locator("#confirm-word").FillAsync("the-shop-2");
        await visit.ClickAsync("Delete it all");
        await visit.Heading("Apps");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await visit.See("Another shop");
        Assert.Null(await FindAsync(dashboard, "/v1/apps/the-shop-2"));
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_SavesLimits_AndIsToldWhichOneIsWrong()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await visit.GoAsync("/admin/apps/shop?tab=limits", "The shop");
        await page.Locator("#limit-name").FillAsync("The larger shop");
        await page.Locator("#limit-rate").FillAsync("0");
        await page.Locator("#limit-day").FillAsync("3");
        await page.Locator("#limit-from").FillAsync("22:00");
        await page.Locator("#limit-to").FillAsync("08:00");
        await page.Locator("#limit-zone").FillAsync("Europe/Madrid");
        await visit.ClickAsync("Save");
        await Assertions.Expect(page.Locator(".pg-error")).ToHaveCountAsync(1);
        await visit.AssertAccessibleAsync("refused limits");
        Assert.Equal("The shop", (await FindAsync(dashboard, "/v1/apps/shop"))!["name"]!.GetValue<string>());

        await page.Locator("#limit-rate").FillAsync("500");
        await visit.ClickAsync("Save");
        await visit.See("Saved.");
        await visit.Heading("The larger shop");
        await Assertions.Expect(page.Locator(".pg-error")).ToHaveCountAsync(0);
        await visit.PictureAsync("app-limits", whole: false);
        var app = (await FindAsync(dashboard, "/v1/apps/shop"))!;
        Assert.Equal(
            ("The larger shop", 500, 3, "22:00", "08:00", "Europe/Madrid"),
            (app["name"]!.GetValue<string>(), app["maxRatePerSecond"]!.GetValue<int>(), app["maxPerSubscriberPerDay"]!.GetValue<int>(),
                app["quietHours"]!["from"]!.GetValue<string>(), app["quietHours"]!["to"]!.GetValue<string>(), app["quietHours"]!["timeZone"]!.GetValue<string>()));

        // What is saved is what the form begins with.
        await visit.GoAsync("/admin/apps/shop?tab=limits", "The larger shop");
        await Assertions.Expect(page.Locator("#limit-rate")).ToHaveValueAsync("500");
        await Assertions.Expect(page.Locator("#limit-zone")).ToHaveValueAsync("Europe/Madrid");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Operator_RegistersADevice_AndIsToldWhatIsWrongWithItsToken()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await visit.GoAsync("/admin/devices?app=shop", "Devices");
        await visit.ClickAsync("Register a device");
        await page.Locator("#register-id").FillAsync("ana-iphone");
        await page.Locator("#register-token").FillAsync("not a token");
        await page.Locator("#register-subscriber").FillAsync("ana");
        await page.Locator("#register-locale").FillAsync("es-MX");
        await visit.ClickAsync("Register");
        await Assertions.Expect(page.Locator(".pg-error")).ToBeVisibleAsync();
        await visit.AssertAccessibleAsync("refused device");
        Assert.Null(await FindAsync(dashboard, "/v1/apps/shop/devices/ana-iphone"));

        await page.Locator("#register-token").FillAsync(new string('5', 64));
        await visit.ClickAsync("Register");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "ana-iphone", Exact = true })).ToBeVisibleAsync();
        await visit.PictureAsync("devices-registered", whole: false);
        var device = (await FindAsync(dashboard, "/v1/apps/shop/devices/ana-iphone"))!;
        Assert.Equal(("apns", "ana", "es-mx"), (device["provider"]!.GetValue<string>(), device["subscriber"]!.GetValue<string>(), device["locale"]!.GetValue<string>()));
        visit.AssertQuiet();
    }

    /// <returns><see langword="null"/> when there is none.</returns>
    private static async Task<JsonNode?> FindAsync(Dashboard dashboard, string path)
    {
        using var http = dashboard.Api();
        using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        return answer.StatusCode == HttpStatusCode.NotFound
            ? null
            : JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
