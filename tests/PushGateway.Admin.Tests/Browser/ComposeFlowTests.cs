using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>To whom and when, as the API can say it.</summary>
public sealed class ComposeFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task Compose_ForSomeOfTheDevices_CountsThemWithEachFilter()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutDevicesAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop/audiences/madrid", new JsonObject
        {
            ["audience"] = new JsonObject { ["all"] = true },
            ["filter"] = new JsonObject { ["timeZones"] = new JsonArray("Europe/Madrid") },
        });
        await visit.GoAsync("/admin/compose?app=shop", "Compose");
        await Counts(8);
        await page.GetByText("Narrow it down").ClickAsync();
        await page.Locator("#compose-locales").FillAsync("es");
        await Counts(4);
        await page.Locator("#compose-version-from").FillAsync("2.0");
        await Counts(2);
        await page.Locator("#compose-version-from").FillAsync("two");
        await visit.See("Must be numbers with dots between them");
        await page.Locator("#compose-version-from").FillAsync("2.0");
        await visit.ClickAsync("Ask for a tag");
        await page.GetByLabel("Tag", new() { Exact = true }).FillAsync("plan");
        await page.GetByLabel("Value", new() { Exact = true }).FillAsync("pro");
        await Counts(1);
        await page.GetByLabel("What is asked of the tag").SelectOptionAsync("NotThere");
        await Counts(1);
        await page.GetByLabel("What is asked of the tag").SelectOptionAsync("There");
        await Counts(1);
        await visit.PictureAsync("compose-narrowed");
        await visit.AssertAccessibleAsync("narrowed audience");

        // Twice the same tag is something that only the form can say.
        await visit.ClickAsync("Ask for a tag");
        await page.GetByLabel("Tag", new() { Exact = true }).Last.FillAsync("plan");
        await Assertions.Expect(page.Locator(".pg-error").GetByText("plan is asked for twice")).ToBeVisibleAsync();
        await visit.AssertAccessibleAsync("tag that is asked for twice");
        await page.GetByRole(AriaRole.Button, new() { Name = "Do without tag plan" }).Last.ClickAsync();
        await Counts(1);
        await visit.ClickAsync("Do without tag plan");
        await page.Locator("#compose-version-from").FillAsync(string.Empty);
        await page.Locator("#compose-locales").FillAsync(string.Empty);
        await page.Locator("#compose-zones").FillAsync("America/Bogota");
        await Counts(4);
        await page.Locator("#compose-zones").FillAsync(string.Empty);
        await page.Locator("#compose-seen").FillAsync("30");
        await Counts(8);
        await page.Locator("#compose-audience").SelectOptionAsync("Saved");
        await visit.See("in the time zone Europe/Madrid");
        await Counts(4);
        visit.AssertQuiet();

        Task Counts(int devices) => Assertions.Expect(page.Locator("#audience-count b")).ToHaveTextAsync($"{devices}");
    }

    [Fact]
    public async Task Compose_ForLater_IsInTheBrowsersZoneUtcOrEachPhonesOwn()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, zone: "Europe/Madrid");
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutDevicesAsync(dashboard);
        await visit.GoAsync("/admin/compose?app=shop", "Compose");
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("In the evening");
        await page.Locator("#compose-when").SelectOptionAsync("Later");
        await Assertions.Expect(page.Locator("#compose-zone")).ToHaveValueAsync("Europe/Madrid");
        await page.Locator("#compose-zone").SelectOptionAsync("Europe/Madrid");
        await page.Locator("#compose-at").FillAsync("0001-01-01T00:00");
        await page.Locator("#compose-at").BlurAsync();
        await Assertions.Expect(page.Locator("#compose-instant")).ToContainTextAsync("1 Jan 0001");
        await page.Locator("#compose-at").FillAsync("9999-12-31T23:00");
        await page.Locator("#compose-at").BlurAsync();
        await visit.See("days ahead.");
        await page.Locator("#compose-at").FillAsync("2027-07-01T18:00");
        await page.Locator("#compose-at").BlurAsync();
        await Assertions.Expect(page.Locator("#compose-instant")).ToContainTextAsync("Thu 1 Jul 2027, 16:00:00 UTC");
        await Assertions.Expect(page.Locator("#compose-zone option").First).ToHaveTextAsync("Europe/Madrid (UTC+2), your own");
        await page.Locator("#compose-zone").SelectOptionAsync("UTC");
        await Assertions.Expect(page.Locator("#compose-instant")).ToContainTextAsync("18:00:00 UTC");
        await visit.PictureAsync("compose-later");
        await visit.AssertAccessibleAsync("compose for later");

        await page.Locator("#compose-zone").SelectOptionAsync("Europe/Madrid");
        await page.Locator("#compose-when").SelectOptionAsync("LocalTime");
        await page.Locator("#compose-local").FillAsync("20:30");
        await page.Locator("#compose-local").BlurAsync();
        await visit.ClickAsync("Schedule…");
        await visit.See("It goes to 8 devices, to each when its own clock shows 20:30.");
        await visit.ClickAsync("Schedule it");
        await visit.Heading("In the evening");
        await visit.See("20:30 on each device's clock");
        using var http = dashboard.Api();
        var published = JsonNode.Parse(await http.GetStringAsync($"/v1/apps/shop/events/{page.Url.Split('/')[^1]}", TestContext.Current.CancellationToken))!;
        Assert.Equal("20:30", published["localTime"]!.GetValue<string>());
        visit.AssertQuiet();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compose_TextThatIsTooLong_IsMeasuredAndTheLockScreensShowItsBeginning(bool phone)
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, phone: phone);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutDevicesAsync(dashboard);
        await visit.GoAsync("/admin/compose?app=shop", "Compose");
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("Opening hours");
        await page.Locator("#compose-body").FillAsync("We are open longer.");
        var apns = page.GetByRole(AriaRole.Meter, new() { Name = "Size for apns" });
        await Assertions.Expect(apns).ToHaveAttributeAsync("aria-valuemax", "4096");

        await page.Locator("#compose-body").FillAsync(string.Concat(Enumerable.Repeat("We are open longer in the weeks before the holidays. ", 90)));

        await Assertions.Expect(page.Locator(".pg-meter.over")).ToBeVisibleAsync();
        await visit.See("the limit for alert is 4096.");
        await Assertions.Expect(visit.Button("Send…")).ToBeDisabledAsync();
        // All of the text that is shown is above where the picture of the phone fades out.
        await Assertions.Expect(page.Locator(".pg-phone")).ToHaveCountAsync(2);
        foreach (var screen in await page.Locator(".pg-phone").AllAsync())
        {
            var below = await screen.EvaluateAsync<double>("phone => phone.getBoundingClientRect().bottom - phone.querySelector('.pg-push').getBoundingClientRect().bottom");
            Assert.InRange(below, 56, 400);
        }

        await visit.PictureAsync(phone ? "compose-too-long-phone" : "compose-too-long");
        await visit.AssertAccessibleAsync("too long");
        await page.Locator("#compose-body").FillAsync("We are open longer.");
        await Assertions.Expect(page.Locator(".pg-meter.over")).ToHaveCountAsync(0);
        await Assertions.Expect(apns).ToBeVisibleAsync();
        visit.AssertQuiet();
    }

    /// <summary>Eight: half of them Spanish, half of these of version 2 and up, and half of these of plan pro; half in Madrid.</summary>
    private static async Task PutDevicesAsync(Dashboard dashboard)
    {
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        for (var index = 0; index < 8; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new
            {
                provider = "apns",
                token = "5a5a" + index.ToString("x60", null),
                subscriber = $"customer-{index}",
                locale = index < 4 ? "es-MX" : "en",
                appVersion = index % 4 < 2 ? "2.10" : "1.9",
                timeZone = index < 4 ? "America/Bogota" : "Europe/Madrid",
                tags = index % 2 == 0 ? new Dictionary<string, string> { ["plan"] = "pro" } : [],
            });
        }
    }
}
