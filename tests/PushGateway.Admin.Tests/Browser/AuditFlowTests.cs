using Microsoft.Playwright;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>Finding who changed what.</summary>
public sealed class AuditFlowTests(BrowserFixture browser)
{
    private static readonly string[] s_notices = ["event.completed"];

    [Fact]
    public async Task Admin_FindsAChange_ByWhoWhatAppAndDayAndPageByPage()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        for (var index = 0; index < 55; index++)
        {
            await dashboard.PutAsync($"/v1/apps/app-{index}", new { name = $"App {index}" });
        }

        await dashboard.PutAsync("/v1/apps/app-7/webhooks/ops", new { url = "https://example.com/", events = s_notices });
        await visit.GoAsync("/admin/audit", "Audit log");
        var rows = page.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(50);
        await Assertions.Expect(rows.First).ToContainTextAsync("Saved a webhook of app-7");
        await visit.ClickAsync("Older");
        await visit.See("Page 2");
        await Assertions.Expect(rows).ToHaveCountAsync(7);
        await Assertions.Expect(rows.Last).ToContainTextAsync("Added the user ada");
        await Assertions.Expect(visit.Button("Older")).ToBeDisabledAsync();
        await visit.ClickAsync("Newer");
        await Assertions.Expect(rows).ToHaveCountAsync(50);

        await page.GetByLabel("App", new() { Exact = true }).SelectOptionAsync("app-7");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await page.GetByLabel("What", new() { Exact = true }).SelectOptionAsync("webhook.");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("OPS");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await visit.PictureAsync("audit-found", whole: false);
        await visit.AssertAccessibleAsync("audit search");
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("nothing of this name");
        await visit.See("No change fits");
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync(string.Empty);
        await page.GetByLabel("App", new() { Exact = true }).SelectOptionAsync(string.Empty);
        await page.GetByLabel("What", new() { Exact = true }).SelectOptionAsync(string.Empty);
        await page.GetByLabel("Who", new() { Exact = true }).FillAsync("ADA");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await page.GetByLabel("From this day on (UTC)").FillAsync("2099-01-01");
        await page.GetByLabel("From this day on (UTC)").BlurAsync();
        await visit.See("No change fits");
        visit.AssertQuiet();
    }
}
