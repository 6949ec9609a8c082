using Microsoft.Playwright;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>The way of somebody who has read nothing: from the printed link to the first notification.</summary>
public sealed class FirstRunTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Newcomer_FromTheLink_SendsAFirstNotificationToTheSimulator(bool phone)
    {
        var look = phone ? "-phone" : string.Empty;
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, phone: phone);
        var page = visit.Page;
        var link = await dashboard.FirstLinkAsync();
        await page.GotoAsync(link);
        await visit.PictureAsync($"setup{look}");
        await visit.AssertAccessibleAsync("setup");
        await visit.CreateAccountAsync("ada");
        await visit.See("Your first notification");
        await visit.PictureAsync($"first-run{look}");
        await visit.AssertAccessibleAsync("first run");
        await visit.ClickAsync("Create the app");
        await Assertions.Expect(visit.Button("Use the simulator")).ToBeVisibleAsync();
        await visit.PictureAsync($"first-run-2{look}");
        await visit.ClickAsync("Use the simulator");
        await Assertions.Expect(visit.Button("Add two simulated phones")).ToBeVisibleAsync();
        await visit.PictureAsync($"first-run-3{look}");
        await visit.ClickAsync("Add two simulated phones");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Write the notification" })).ToBeVisibleAsync();
        await visit.PictureAsync($"first-run-4{look}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Write the notification" }).ClickAsync();

        await visit.Heading("Compose");
        await visit.AssertAccessibleAsync("compose of the first run");
        await visit.PictureAsync($"first-compose{look}");
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("New video");
        await page.GetByLabel("Text", new() { Exact = true }).FillAsync("Just published. Be the first to see it.");
        await Assertions.Expect(page.Locator("#audience-count")).ToContainTextAsync("2 devices");
        await Assertions.Expect(page.Locator(".pg-push").First).ToContainTextAsync("New video");
        await visit.ClickAsync("Send…");
        await visit.See("It goes to 2 devices now.");
        await visit.PictureAsync($"compose-confirm{look}", whole: false);
        await visit.ClickAsync("Send it");

        await visit.Heading("New video");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        await Assertions.Expect(page.GetByRole(AriaRole.Table).GetByText("first-iphone")).ToBeVisibleAsync();
        await visit.PictureAsync($"first-event{look}");
        await visit.AssertAccessibleAsync("first event");

        await visit.OpenMenuAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await visit.Heading("Sign out?");
        await visit.ClickAsync("Sign out");
        await visit.See("You are signed out.");

        // The link is used up, and so is everybody else's.
        await page.GotoAsync(link);
        await visit.Heading("This link does not work any more");
        await visit.PictureAsync($"setup-used{look}");
        await visit.AssertAccessibleAsync("used link");
        visit.AssertQuiet();
    }
}
