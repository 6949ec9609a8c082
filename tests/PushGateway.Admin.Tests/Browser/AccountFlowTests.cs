using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PushGateway.Admin.SignIn;
using PushGateway.Core.Administration;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>What only an admin decides: about users, keys of apps, and devices that are said to be dead.</summary>
public sealed class AccountFlowTests(BrowserFixture browser)
{
    private static readonly LocatorAssertionsToBeVisibleOptions s_withinSeconds = new() { Timeout = 20_000 };

    [Fact]
    public async Task Admin_ChangesARoleAndAPassword_AndEnablesSomebodyAgain()
    {
        const string NewPassword = "a wholly new password";
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        var users = dashboard.Application.Services.GetRequiredService<IAdminUserStore>();
        var ada = await users.FindByNameAsync("ada", TestContext.Current.CancellationToken);
        await dashboard.Application.Services.GetRequiredService<UserAccounts>().AddAsync(ada, "victor", Dashboard.Password, AdminRole.Viewer, TestContext.Current.CancellationToken);
        await using var other = await Visit.BeginAsync(chromium, dashboard.Address);
        await other.SignInAsync("victor");
        await other.Heading("Overview");

        // A page that is open ends, and the next one knows the new role.
        await visit.GoAsync("/admin/users", "Users");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Role of victor" }).SelectOptionAsync("Operator");
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync(s_withinSeconds);
        await other.GoAsync("/admin", "Overview");
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Link, new() { Name = "Compose" }).First).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "New password for victor" }).ClickAsync();
        await page.Locator("#new-password").FillAsync("short");
        await Assertions.Expect(visit.Button("Set the password")).ToBeDisabledAsync();
        await page.Locator("#new-password").FillAsync(NewPassword);
        await visit.AssertAccessibleAsync("new password");
        await visit.ClickAsync("Set the password");
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync(s_withinSeconds);
        await other.SignInAsync("victor");
        await other.See("The name or the password is not right.");
        await other.SignInAsync("victor", NewPassword);
        await other.Heading("Overview");

        await page.GetByRole(AriaRole.Button, new() { Name = "Disable victor" }).ClickAsync();
        await visit.ClickAsync("Disable");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Enable victor" })).ToBeVisibleAsync();
        await other.SignInAsync("victor", NewPassword);
        await other.See("The name or the password is not right.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Enable victor" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Disable victor" })).ToBeVisibleAsync();
        await other.SignInAsync("victor", NewPassword);
        await other.Heading("Overview");
        await visit.GoAsync("/admin/audit", "Audit log");
        foreach (var change in new[] { "Enabled the user", "Disabled the user", "Changed the password of", "Changed the role of" })
        {
            await visit.See(change);
        }

        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_MakesAKeyOfOneApp_WhichOpensThatAppAndNoOther()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/news", new { name = "News" });
        await visit.GoAsync("/admin/keys", "API keys");
        await visit.ClickAsync("New key");
        await page.GetByLabel("What it is for").FillAsync("Content service");
        await page.Locator("#key-app").SelectOptionAsync("shop");
        await visit.ClickAsync("Create the key");
        await Assertions.Expect(page.Locator("#new-key")).ToContainTextAsync("pk_");
        var row = page.Locator("tbody tr", new() { HasText = "Content service" });
        await Assertions.Expect(row).ToContainTextAsync("shop");
        await Assertions.Expect(row).ToContainTextAsync("publish");
        using var http = new HttpClient { BaseAddress = dashboard.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", await page.Locator("#new-key").TextContentAsync());
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (await AskAsync("shop"), await AskAsync("news")));

        await page.GetByLabel("Find a key by its name, id or app").FillAsync("nothing of this name");
        await visit.See("No key fits");
        await page.GetByLabel("Find a key by its name, id or app").FillAsync("content");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Content service" }).ClickAsync();
        await visit.ClickAsync("Remove it");
        await Assertions.Expect(row).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("shop"));
        await visit.GoAsync("/admin/audit", "Audit log");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("Removed the API key");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("Content service");
        visit.AssertQuiet();

        async Task<HttpStatusCode> AskAsync(string app)
        {
            using var answer = await http.GetAsync($"/v1/apps/{app}/events", TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Admin_DecidesAboutHeldRemovals_OnThePageThatTheOverviewLeadsTo(bool areDead)
    {
        const int Devices = 10;
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration.AddInMemoryCollection(
            [new("PushGateway:Removals:Window", "20"), new("PushGateway:Removals:MinRemovals", "5")]));
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        for (var index = 0; index < Devices; index++)
        {
            // Of one subscriber, and so in one page: it is judged as a whole.
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = "apns", token = "dead" + index.ToString("x60", null), subscriber = "ana" });
        }

        await dashboard.PostAsync("/v1/apps/shop/events", new { type = "greeting", audience = new { all = true }, notification = new { title = "Hello" } });
        await visit.GoAsync("/admin", "Overview");
        await visit.See("APNs calls 10 of the last 10 devices of The shop dead.");
        await page.GetByRole(AriaRole.Link, new() { Name = "Decide about the removals" }).ClickAsync();
        await visit.Heading("Removals");
        await visit.See("Removals of APNs for The shop are held.");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(Devices);
        await visit.AssertAccessibleAsync("held removals");
        await visit.PictureAsync("removals-held", whole: false);

        if (areDead)
        {
            await visit.ClickAsync("They are dead: remove them");
            await Assertions.Expect(visit.Button("Remove them")).ToBeDisabledAsync();
            await page.Locator("#confirm-word").FillAsync($"{Devices}");
            await visit.ClickAsync("Remove them");
        }
        else
        {
            await visit.ClickAsync("Bring them all back");
            await visit.See("10 devices get notifications again from the next event on.");
            await visit.ClickAsync("Bring them back");
        }

        await Assertions.Expect(page.GetByText("are held.")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("tbody .pg-pill").First).ToHaveTextAsync(areDead ? "removed" : "undone");
        using var http = dashboard.Api();
        using var device = await http.GetAsync("/v1/apps/shop/devices/phone-3", TestContext.Current.CancellationToken);
        Assert.Equal(areDead ? HttpStatusCode.NotFound : HttpStatusCode.OK, device.StatusCode);
        visit.AssertQuiet();
    }
}
