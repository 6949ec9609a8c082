using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PushGateway.Admin.SignIn;
using PushGateway.Core.Administration;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>The dashboard as somebody sees it who is no admin; and sessions that end elsewhere.</summary>
public sealed partial class RoleFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task OperatorSendsPausesAndCancels_ViewerSeesAllOfItAndCanDoNothing()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await AddUsersAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        await dashboard.PutAsync("/v1/apps/shop/webhooks/reports", new { url = "https://127.0.0.1:9/none", events = s_notices });
        for (var index = 0; index < 40; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = "apns", token = (index == 0 ? "dead" : "5a5a") + index.ToString("x60", null), subscriber = $"customer-{index}" });
        }

        await dashboard.PostAsync("/v1/apps/shop/events", new { type = "greeting", audience = new { devices = s_dead }, notification = new { title = "Hello" } });
        var eventId = await OperateAsync();
        await LookAsync();

        async Task<string> OperateAsync()
        {
            await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
            var page = visit.Page;
            await visit.SignInAsync("operator");
            await visit.Heading("Overview");
            foreach (var link in new[] { "API keys", "Users", "Audit log" })
            {
                await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = link })).ToHaveCountAsync(0);
            }

            await visit.GoAsync("/admin/compose?app=shop", "Compose");
            await page.GetByLabel("Title", new() { Exact = true }).FillAsync("By the operator");
            await page.Locator("#compose-rate").FillAsync("1");
            await page.Locator("#compose-rate").BlurAsync();
            await visit.ClickAsync("Send…");
            await visit.ClickAsync("Send it");
            await visit.Heading("By the operator");
            await visit.ClickAsync("Pause");
            await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("paused");
            await visit.ClickAsync("Cancel");
            await visit.ClickAsync("Cancel the event");
            await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("cancelled");
            var id = page.Url.Split('/')[^1];

            // What an admin does is not offered, and its pages are closed.
            await visit.GoAsync("/admin/apps/shop", "The shop");
            await visit.See("SIMKEY0001");
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^(Replace|Check now|Delete|Use (the|it))") })).ToHaveCountAsync(0);
            await page.GotoAsync("/admin/users");
            await visit.See("This is not for your role");
            visit.AssertQuiet();
            return id;
        }

        async Task LookAsync()
        {
            await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
            var page = visit.Page;
            await visit.SignInAsync("viewer");
            await visit.Heading("Overview");
            (string Path, string Heading, string Sign)[] pages =
            [
                ("/admin", "Overview", "By the operator"), ("/admin/events", "Events", "By the operator"), ($"/admin/events/shop/{eventId}", "By the operator", "cancelled"),
                ("/admin/devices?app=shop&find=phone-7", "Devices", "customer-7"), ("/admin/devices?app=shop&add=true", "Devices", "Which one?"), ("/admin/removals?app=shop", "Removals", "phone-0"),
                ("/admin/apps", "Apps", "The shop"), ("/admin/apps/shop", "The shop", "SIMKEY0001"), ("/admin/apps/shop?tab=webhooks", "The shop", "reports"),
                ("/admin/apps/shop?tab=limits", "The shop", "Name"),
            ];
            foreach (var (path, heading, sign) in pages)
            {
                await visit.GoAsync(path, heading);
                await Assertions.Expect(page.Locator("main").GetByText(sign).First).ToBeVisibleAsync();
                var offered = await page.Locator("main").Locator("button, a.mud-button-root").EvaluateAllAsync<string[]>("all => all.map(one => one.ariaLabel || one.textContent.trim())");
                Assert.Empty(offered.Where(name => Acts().IsMatch(name)).Select(name => $"{path}: {name}"));
            }

            foreach (var path in new[] { "/admin/compose", "/admin/keys", "/admin/users", "/admin/audit" })
            {
                await page.GotoAsync(path);
                await visit.See("This is not for your role");
            }

            visit.AssertQuiet();
        }
    }

    [Fact]
    public async Task SigningOut_InOneTab_EndsTheOtherWhichCanDoNothingMeanwhile()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await AddUsersAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SignInAsync("admin");
        await visit.Heading("Overview");
        await visit.GoAsync("/admin/apps/shop?tab=limits", "The shop");
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync("/admin/sign-out");
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(other.GetByText("You are signed out.")).ToBeVisibleAsync();

        await page.Locator("#limit-name").FillAsync("Renamed by nobody");
        await visit.ClickAsync("Save");

        await Assertions.Expect(page.GetByText("The session has ended. Sign in again.").Or(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        using var http = dashboard.Api();
        var app = JsonNode.Parse(await http.GetStringAsync("/v1/apps/shop", TestContext.Current.CancellationToken))!;
        Assert.Equal("The shop", app["name"]!.GetValue<string>());
        visit.AssertQuiet();
    }

    private static readonly string[] s_notices = ["event.completed"];
    private static readonly string[] s_dead = ["phone-0"];

    [GeneratedRegex("^(Send|Compose|Pause|Resume|Cancel|Delete|Remove|Undo|Register|Subscribe|Unsubscribe|New |Replace|Add|Create|Use (the|it)|Edit|Disable|Enable|Test|Save|Bring|They are|Check)")]
    private static partial Regex Acts();

    private static async Task AddUsersAsync(Dashboard dashboard)
    {
        var accounts = dashboard.Application.Services.GetRequiredService<UserAccounts>();
        var (admin, _) = await accounts.AddAsync(null, "admin", Dashboard.Password, AdminRole.Admin, TestContext.Current.CancellationToken);
        await accounts.AddAsync(admin, "operator", Dashboard.Password, AdminRole.Operator, TestContext.Current.CancellationToken);
        await accounts.AddAsync(admin, "viewer", Dashboard.Password, AdminRole.Viewer, TestContext.Current.CancellationToken);
    }
}
