using Microsoft.Playwright;
using PushGateway.Server.Tests.Cli;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>The way of somebody who has started the demo and read nothing but the lines that it prints.</summary>
public sealed class DemoTests(BrowserFixture browser)
{
    [Fact]
    public async Task Newcomer_FromTheDemosLink_SendsAFirstNotificationOfTheirOwn()
    {
        var chromium = browser.Browser;
        await using var demo = ServerProcess.Start("demo", "--devices", "200", "--port", "0");
        var link = new Uri((await demo.WaitForLineAsync("First sign-in ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
        await using var visit = await Visit.BeginAsync(chromium, link);
        var page = visit.Page;
        await page.GotoAsync(link.AbsoluteUri);
        await visit.CreateAccountAsync("ada");

        // What the demo has sent by itself is there to look at.
        await visit.SettledAsync("overview");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "New video" }).First).ToBeVisibleAsync();
        await visit.PictureAsync("demo-overview");
        await visit.AssertAccessibleAsync("overview of the demo");

        await page.GetByRole(AriaRole.Link, new() { Name = "Compose" }).First.ClickAsync();
        await visit.Heading("Compose");
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("Hello, phones");
        await page.GetByLabel("Text", new() { Exact = true }).FillAsync("The first one of my own.");
        // Of 200 two are dead, which the gateway has found out by the demo's own event.
        await Assertions.Expect(page.Locator("#audience-count b")).ToHaveTextAsync("198");
        await visit.PictureAsync("demo-compose");
        await visit.ClickAsync("Send…");
        await visit.See("It goes to 198 devices now.");
        // So many are confirmed by their number.
        await page.Locator("#confirm-word").FillAsync("198");
        await visit.ClickAsync("Send it");
        await visit.Heading("Hello, phones");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        await visit.PictureAsync("demo-event");
        visit.AssertQuiet();

        await demo.SignalAsync("INT");
        var ended = await demo.WaitForExitAsync();
        Assert.Equal((0, string.Empty), (ended.ExitCode, ended.Error));
    }
}
