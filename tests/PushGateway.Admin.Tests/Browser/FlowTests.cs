using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PushGateway.Admin.Live;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>What operators and admins do, each in a gateway of its own.</summary>
public sealed class FlowTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Operator_PausesResumesAndCancels_AnEventThatIsBeingSent(bool phone)
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, phone: phone);
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator.Control.Credentials.Apns, 40);
        var eventId = await PublishAsync(dashboard, new JsonObject { ["maxRatePerSecond"] = 1 });

        await visit.GoAsync("/admin", "Overview");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Hello" }).First.ClickAsync();
        await visit.Heading("Hello");
        await visit.ClickAsync("Pause");
        await visit.See("Devices wait until it is resumed.");
        await visit.PictureAsync(phone ? "event-paused-phone" : "event-paused", whole: false);
        await visit.AssertAccessibleAsync("paused event");
        await visit.ClickAsync("Resume");
        await Assertions.Expect(visit.Page.Locator(".pg-pill").First).ToHaveTextAsync("sending");
        await visit.ClickAsync("Cancel");
        await visit.See("This cannot be taken back.");
        await visit.ClickAsync("Cancel the event");
        await Assertions.Expect(visit.Page.Locator(".pg-pill").First).ToHaveTextAsync("cancelled");
        await visit.See("The event was cancelled before this device's turn.");
        await visit.AssertAccessibleAsync("cancelled event");
        await visit.GoAsync("/admin/audit", "Audit log");
        await visit.See("Cancelled an event of");
        await visit.See(eventId);
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Overview_WithARefusedKey_SaysSoWithinTenSecondsAndWhatToDo()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        var wrong = JsonSerializer.SerializeToNode(simulator.Control.Credentials.Apns, JsonSerializerOptions.Web)!.AsObject();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        wrong["privateKey"] = key.ExportPkcs8PrivateKeyPem();
        await PutAppAsync(dashboard, wrong, 5);
        await visit.GoAsync("/admin", "Overview");
        await Assertions.Expect(visit.Page.Locator("#all-well")).ToBeVisibleAsync();
        await PublishAsync(dashboard, []);
        await Assertions.Expect(visit.Page.GetByText("APNs is stopped for The shop")).ToBeVisibleAsync(new() { Timeout = 10_000 });
        await visit.See("Devices wait and none is lost.");
        await visit.PictureAsync("overview-stopped");
        await visit.AssertAccessibleAsync("stopped provider");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Check the credential" }).ClickAsync();
        await visit.Heading("The shop");
        await visit.ClickAsync("Check now");
        await visit.See("something is wrong");
        await visit.PictureAsync("app-refused-key");
        await visit.AssertAccessibleAsync("refused key");

        // The right one, by upload; the file's name has the key's id.
        await visit.ClickAsync("Replace");
        await visit.Page.Locator("#apns-file").SetInputFilesAsync(new FilePayload
        {
            Name = "AuthKey_SIMKEY0001.p8",
            MimeType = "application/octet-stream",
            Buffer = System.Text.Encoding.UTF8.GetBytes(simulator.Control.Credentials.Apns.PrivateKey),
        });
        await visit.See("AuthKey_SIMKEY0001.p8");
        await visit.Page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Keep sending to") }).CheckAsync();
        await visit.ClickAsync("Check and save");
        await visit.See("APNs accepts the credential.");
        await visit.GoAsync("/admin", "Overview");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_MakesAUserAndAKey_AndAViewerCanOnlyLook()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await visit.GoAsync("/admin/users", "Users");
        await visit.ClickAsync("New user");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("victor");
        await page.GetByLabel("Password to begin with").FillAsync("short");
        await visit.ClickAsync("Add the user");
        await visit.See("A password has 12 to 200 characters");
        await page.GetByLabel("Password to begin with").FillAsync(Dashboard.Password);
        await visit.ClickAsync("Add the user");
        await Assertions.Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Role of victor" })).ToHaveValueAsync("Viewer");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Role of ada" }).SelectOptionAsync("Viewer");
        await visit.See("Nobody would be left who may administer users.");

        await visit.GoAsync("/admin/keys", "API keys");
        await visit.ClickAsync("New key");
        await page.GetByLabel("What it is for").FillAsync("Everything");
        await visit.ClickAsync("Create the key");
        await visit.See("Only an admin key is for all apps; name the app this key is for.");
        await page.GetByLabel("publish").UncheckAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "admin Everything, in every app." }).CheckAsync();
        await visit.ClickAsync("Create the key");
        await Assertions.Expect(page.Locator("#new-key")).ToContainTextAsync("pk_");
        await visit.PictureAsync("keys-new", whole: false);
        await visit.AssertAccessibleAsync("new key");
        await visit.GoAsync("/admin/keys", "API keys");
        await Assertions.Expect(page.Locator("#new-key")).ToHaveCountAsync(0);

        await using var other = await Visit.BeginAsync(chromium, dashboard.Address);
        await other.SignInAsync("victor", "not the password");
        await other.See("The name or the password is not right.");
        await other.SignInAsync("victor");
        await other.Heading("Overview");
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Link, new() { Name = "Compose" })).ToHaveCountAsync(0);
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Link, new() { Name = "Users" })).ToHaveCountAsync(0);
        await other.Page.GotoAsync("/admin/keys");
        await other.See("This is not for your role");
        await other.PictureAsync("not-allowed", whole: false);
        await other.AssertAccessibleAsync("not allowed");

        // Disabled: an open page ends by itself.
        await other.GoAsync("/admin", "Overview");
        await visit.GoAsync("/admin/users", "Users");
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable victor" }).ClickAsync();
        await visit.ClickAsync("Disable");
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync(new() { Timeout = 20_000 });
        visit.AssertQuiet();
        other.AssertQuiet();
    }

    [Fact]
    public async Task Operator_UndoesARemoval_AndFindsTheDeviceByItsToken()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator.Control.Credentials.Apns, 20);
        var dead = "dead" + new string('0', 60);
        await dashboard.PutAsync("/v1/apps/shop/devices/gone", new { provider = "apns", token = dead });
        var eventId = await PublishAsync(dashboard, []);
        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        await Assertions.Expect(visit.Page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        await visit.GoAsync("/admin/removals?app=shop", "Removals");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Undo the removal of gone" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("tbody .pg-pill")).ToHaveTextAsync("undone");
        await visit.GoAsync("/admin/devices?app=shop", "Devices");
        await visit.Page.GetByLabel("Device id, subscriber or token").FillAsync(dead.ToUpperInvariant());
        await visit.ClickAsync("Find");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "gone", Exact = true })).ToBeVisibleAsync();
        Assert.DoesNotContain(dead, await visit.Page.ContentAsync(), StringComparison.OrdinalIgnoreCase);
        await visit.See("The app was removed from the device");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Compose_ToManyDevices_TestsFirstThenAsksForTheirNumberAndSchedules()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator.Control.Credentials.Apns, 120);
        await visit.GoAsync("/admin/compose?app=shop", "Compose");
        await Assertions.Expect(page.Locator("#audience-count")).ToContainTextAsync("120 devices");
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("Tomorrow");
        await visit.ClickAsync("Add a language");
        await page.Locator("#language-tag").FillAsync("es");
        await page.Locator("#language-title").FillAsync("Mañana");
        await Assertions.Expect(page.Locator(".pg-push").First).ToContainTextAsync("Mañana");
        await page.Locator("#test-device").FillAsync("phone-7");
        await visit.ClickAsync("Send a test");
        await visit.See("Sent to phone-7 alone.");
        await page.Locator("#compose-when").SelectOptionAsync("Later");
        await page.Locator("#compose-rate").FillAsync("0");
        await page.Locator("#compose-rate").BlurAsync();
        await visit.See("Must be from 1 to 1000000.");
        await page.Locator("#compose-rate").FillAsync("50");
        await page.Locator("#compose-rate").BlurAsync();
        await visit.ClickAsync("Schedule…");
        await visit.See("It goes to 120 devices on");
        await Assertions.Expect(visit.Button("Schedule it")).ToBeDisabledAsync();
        await page.Locator("#confirm-word").FillAsync("120");
        await visit.PictureAsync("compose-typed", whole: false);
        await visit.ClickAsync("Schedule it");
        await visit.Heading("Tomorrow");
        await visit.See("Waits for its time");
        await visit.AssertAccessibleAsync("scheduled event");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Overview_WithAFullDisk_SaysSoAndWhatToDo()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Services.AddSingleton<IStoreWatch>(new FullDisk()));
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        await Assertions.Expect(visit.Page.GetByText("database or disk is full")).ToBeVisibleAsync(new() { Timeout = 10_000 });
        await visit.See("nothing is lost. Free disk space");
        await visit.See("The disk of the store is nearly full: 1.0 kB are free.");
        await visit.PictureAsync("overview-full-disk", whole: false);
        await visit.AssertAccessibleAsync("full disk");
        visit.AssertQuiet();
    }

    private sealed class FullDisk : IStoreWatch
    {
        public Task<StoreReport> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new StoreReport("The store takes no changes: database or disk is full", 1_000, 100_000_000_000));
    }

    private static async Task PutAppAsync(Dashboard dashboard, object apns, int devices)
    {
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", apns);
        for (var index = 0; index < devices; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = "apns", token = "5a5a" + index.ToString("x60", null) });
        }
    }

    private static async Task<string> PublishAsync(Dashboard dashboard, JsonObject options) => (await dashboard.PostAsync("/v1/apps/shop/events", new JsonObject
    {
        ["type"] = "greeting",
        ["audience"] = new JsonObject { ["all"] = true },
        ["notification"] = new JsonObject { ["title"] = "Hello", ["body"] = "From the shop" },
        ["options"] = options,
    }))["id"]!.GetValue<string>();
}
