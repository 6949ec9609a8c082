using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>Everyday work in the dashboard, in one gateway after another.</summary>
public sealed class DailyWorkTests(BrowserFixture browser)
{
    private static readonly string[] s_ada = ["ada"];
    private static readonly string[] s_phone = ["phone"];
    private static readonly string[] s_publish = ["publish"];

    [Fact]
    public async Task Operator_SendsAgain_ToThoseThatExpiredAndNobodyTwice()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator);
        await PutDeviceAsync(dashboard, "lucky", "5a5a");
        await PutDeviceAsync(dashboard, "unlucky", WellKnownTokens.ApnsUnavailableOnce);
        var eventId = await PublishAsync(dashboard, new JsonObject { ["all"] = true }, new JsonObject { ["ttlSeconds"] = 0 });
        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");

        await visit.ClickAsync("Send again");
        await visit.See("Nobody who got it gets it twice.");
        await visit.PictureAsync("event-send-again", whole: false);
        await visit.AssertAccessibleAsync("send again");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();

        await visit.See("To the devices that the first event expired for");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        await Assertions.Expect(page.GetByRole(AriaRole.Table).GetByText("unlucky", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Table).GetByText("lucky", new() { Exact = true })).ToHaveCountAsync(0);
        await Assertions.Expect(visit.Button("Send again")).ToHaveCountAsync(0);
        await visit.PictureAsync("event-sent-again");
        var again = page.Url;

        // Whoever asks once more is led to what was sent, and nothing is sent.
        await page.GetByRole(AriaRole.Link, new() { Name = "the first event" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Uri(dashboard.Address, $"/admin/events/shop/{eventId}").AbsoluteUri);
        await visit.ClickAsync("Send again");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(again);
        await visit.GoAsync("/admin/audit", "Audit log");
        await visit.See("Sent an event again of");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task EventPage_OfAFinalEvent_CountsWhatIsOpenedWhileItIsLookedAt()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator);
        await PutDeviceAsync(dashboard, "phone", "5a5a");
        var eventId = await PublishAsync(dashboard, new JsonObject { ["all"] = true }, []);
        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        await Assertions.Expect(visit.Page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        var opened = visit.Page.Locator(".pg-stat", new() { HasText = "Opened" }).Locator(".pg-stat-value");
        await Assertions.Expect(opened).ToHaveTextAsync("0");

        await dashboard.PostAsync($"/v1/apps/shop/events/{eventId}/opened", new { devices = s_phone });

        await Assertions.Expect(opened).ToHaveTextAsync("1");
        await visit.See("100 % of accepted");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Operator_FindsADevice_ByIdAndBySubscriberWithItsHistoryAndSubscriptions()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator);
        await PutDeviceAsync(dashboard, "ada-phone", "5a5a", "ada");
        await PutDeviceAsync(dashboard, "ada-tablet", "5b5b", "ada");
        var eventId = await PublishAsync(dashboard, new JsonObject { ["subscribers"] = JsonSerializer.SerializeToNode(s_ada) }, []);
        await visit.GoAsync($"/admin/events/shop/{eventId}", "Hello");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");

        await visit.GoAsync("/admin/devices?app=shop", "Devices");
        await page.GetByLabel("Device id, subscriber or token").FillAsync("nobody-of-this-name");
        await visit.ClickAsync("Find");
        await visit.See("Nothing found");
        await page.GetByLabel("Device id, subscriber or token").FillAsync("ada");
        await visit.ClickAsync("Find");
        await visit.See("Devices of subscriber ada");
        // Two devices, and what each was sent.
        await Assertions.Expect(page.Locator("tbody").First.Locator("tr")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("tbody").Last.Locator("tr")).ToHaveCountAsync(2);
        await visit.PictureAsync("devices-of-subscriber", whole: false);
        await visit.AssertAccessibleAsync("devices of a subscriber");
        await page.GetByRole(AriaRole.Link, new() { Name = "ada-tablet" }).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "ada-tablet", Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("tbody").GetByText("accepted")).ToBeVisibleAsync();

        await page.GetByLabel("Subscribe to a channel").FillAsync("cooking");
        await visit.ClickAsync("Subscribe");
        await page.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe from cooking" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe from cooking" })).ToHaveCountAsync(0);
        await visit.ClickAsync("Remove…");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new("^Remove") }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "ada-tablet", Exact = true })).ToHaveCountAsync(0);
        await visit.GoAsync("/admin/audit", "Audit log");
        await visit.See("Removed a device of");
        await visit.See("Subscribed somebody in");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_DeletesASubscriber_OfTheAppTheyWereFoundInWhicheverIsChosenSince()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator);
        await PutDeviceAsync(dashboard, "ada-phone", "5a5a", "ada");
        await PutDeviceAsync(dashboard, "ada-tablet", "5b5b", "ada");
        await dashboard.PutAsync("/v1/apps/other", new { name = "Another app" });
        await PutDeviceAsync(dashboard, "ada-phone", "5a5a", "ada", app: "other");
        await PutDeviceAsync(dashboard, "ada-tablet", "5b5b", "ada", app: "other");

        await visit.GoAsync("/admin/devices?app=shop", "Devices");
        await page.GetByLabel("Device id, subscriber or token").FillAsync("ada");
        await visit.ClickAsync("Find");
        await visit.See("Devices of subscriber ada");
        await page.GetByLabel("App", new() { Exact = true }).SelectOptionAsync("other");
        await visit.ClickAsync("Delete subscriber…");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("Delete ada of The shop?");
        await visit.PictureAsync("delete-subscriber", whole: false);
        await visit.AssertAccessibleAsync("delete subscriber");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete for good" }).ClickAsync();
        await visit.See("Nothing found");
        await Assertions.Expect(page.GetByLabel("App", new() { Exact = true })).ToHaveValueAsync("shop");

        await page.GetByLabel("App", new() { Exact = true }).SelectOptionAsync("other");
        await visit.ClickAsync("Find");
        await visit.See("Devices of subscriber ada");
        await Assertions.Expect(page.Locator("tbody").First.Locator("tr")).ToHaveCountAsync(2);
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_SetsUpAWebhook_TestsAndDeletesIt()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await visit.GoAsync("/admin/apps/shop?tab=webhooks", "The shop");
        await visit.See("No webhook");
        await visit.ClickAsync("New webhook");
        await page.GetByLabel("Id", new() { Exact = true }).FillAsync("reports");
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("ftp://example.com/hook");
        await visit.ClickAsync("Create");
        await Assertions.Expect(page.Locator(".pg-error").First).ToBeVisibleAsync();

        // Nobody listens there: what the test tells is why.
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("https://127.0.0.1:9/hook");
        await visit.ClickAsync("Create");
        await Assertions.Expect(page.Locator("#webhook-secret")).ToContainTextAsync("whsec_");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test reports" }).ClickAsync();
        await Assertions.Expect(page.Locator(".pg-notice.error, .pg-notice.warn").First).ToBeVisibleAsync();
        await visit.PictureAsync("webhook-tested", whole: false);
        await visit.AssertAccessibleAsync("tested webhook");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete reports" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete") }).ClickAsync();
        await visit.See("No webhook");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_SeesWhenAKeyWasLastUsed_AndRemovesIt()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        var key = (await dashboard.PostAsync("/v1/keys", new { name = "Content service", scopes = s_publish, app = "shop" }))["key"]!.GetValue<string>();
        await visit.GoAsync("/admin/keys", "API keys");
        var row = page.Locator("tbody tr", new() { HasText = "Content service" });
        await Assertions.Expect(row).ToContainTextAsync("never");
        using (var http = new HttpClient { BaseAddress = dashboard.Address })
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", key);
            using var answer = await http.GetAsync("/v1/apps/shop/events", TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode);
        }

        await visit.GoAsync("/admin/keys", "API keys");
        await Assertions.Expect(row).Not.ToContainTextAsync("never");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Content service" }).ClickAsync();
        await visit.ClickAsync("Remove it");
        await Assertions.Expect(row).ToHaveCountAsync(0);
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_UploadsAServiceAccount_AndIsToldWhetherGoogleTakesIt()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        var fcm = JsonSerializer.SerializeToNode(simulator.Control.Credentials.Fcm, JsonSerializerOptions.Web)!.AsObject();
        await dashboard.PutAsync("/v1/apps/shop/providers/fcm", fcm);
        await visit.GoAsync("/admin/apps/shop", "The shop");
        await visit.ClickAsync("Replace");
        await page.Locator("#fcm-file").SetInputFilesAsync(File("holiday.json", "{\"photos\": []}"));
        await visit.See("holiday.json");
        await visit.ClickAsync("Check and save");
        await Assertions.Expect(page.Locator(".pg-error, .pg-notice.error").First).ToBeVisibleAsync();
        await visit.PictureAsync("app-wrong-file", whole: false);

        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Keep sending to") }).CheckAsync();
        await page.Locator("#fcm-file").SetInputFilesAsync(File("shop-firebase.json", fcm["serviceAccount"]!.ToJsonString()));
        await visit.See("shop-firebase.json");
        await visit.ClickAsync("Check and save");
        await visit.See("FCM accepts the credential.");
        await visit.AssertAccessibleAsync("uploaded service account");
        visit.AssertQuiet();

        static FilePayload File(string name, string content) => new() { Name = name, MimeType = "application/json", Buffer = System.Text.Encoding.UTF8.GetBytes(content) };
    }

    [Fact]
    public async Task Admin_RotatesAKey_ARefusedOneChangesNothingAndThePreviousOneComesBack()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator);
        var second = simulator.Control.AddApnsKey("SIMKEY0002", simulator.Options.TeamId);
        var card = page.GetByRole(AriaRole.Region, new() { NameRegex = new("Apple") });
        await visit.GoAsync("/admin/apps/shop", "The shop");
        await visit.See("never by itself");

        // The right file with a wrong key id.
        await card.GetByRole(AriaRole.Button, new() { Name = "Replace" }).ClickAsync();
        await page.Locator("#apns-file").SetInputFilesAsync(Key("AuthKey_SIMKEY0002.p8", second.PrivateKeyPem));
        await visit.See("AuthKey_SIMKEY0002.p8");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Keep sending to") }).CheckAsync();
        await visit.ClickAsync("Check and save");
        await visit.See("It was not accepted: the one in use stays.");
        await visit.See("APNs does not know this combination of team id, key id and private key.");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Use it nevertheless" })).ToHaveCountAsync(0);
        await visit.PictureAsync("app-refused-candidate", whole: false);
        await visit.AssertAccessibleAsync("refused candidate");
        Assert.Equal((1, "SIMKEY0001"), await InUseAsync());

        await page.Locator("#apns-key").FillAsync("SIMKEY0002");
        await visit.ClickAsync("Check and save");
        await visit.See("APNs accepts the credential.");
        await Assertions.Expect(card.GetByText("version 2")).ToBeVisibleAsync();
        await Assertions.Expect(card).ToContainTextAsync("just now, version 2, last changed by ");
        await visit.See("The one before,");
        Assert.Equal((2, "SIMKEY0002"), await InUseAsync());
        await visit.PictureAsync("app-rotated", whole: false);
        await visit.AssertAccessibleAsync("rotated key");

        await visit.ClickAsync("Use the previous one again…");
        await visit.ClickAsync("Use it again");
        await Assertions.Expect(card.GetByText("version 3")).ToBeVisibleAsync();
        await visit.See("APNs accepts the credential.");
        Assert.Equal((3, "SIMKEY0001"), await InUseAsync());

        // Nobody can say whether it is good: the operator may know better.
        await simulator.DisposeAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "Replace" }).ClickAsync();
        await page.Locator("#apns-file").SetInputFilesAsync(Key("AuthKey_SIMKEY0002.p8", second.PrivateKeyPem));
        await visit.See("AuthKey_SIMKEY0002.p8");
        await page.Locator("#apns-key").FillAsync("SIMKEY0002");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Keep sending to") }).CheckAsync();
        await visit.ClickAsync("Check and save");
        await visit.See("APNs could not say whether it is good.");
        Assert.Equal((3, "SIMKEY0001"), await InUseAsync());
        await visit.ClickAsync("Use it nevertheless");
        await Assertions.Expect(card.GetByText("version 4")).ToBeVisibleAsync();
        Assert.Equal((4, "SIMKEY0002"), await InUseAsync());
        await visit.GoAsync("/admin/audit", "Audit log");
        await visit.See("Put back the previous credential of");
        visit.AssertQuiet();

        async Task<(int Version, string KeyId)> InUseAsync()
        {
            using var http = dashboard.Api();
            var seen = JsonNode.Parse(await http.GetStringAsync("/v1/apps/shop/providers/apns", TestContext.Current.CancellationToken))!;
            return (seen["version"]!.GetValue<int>(), seen["keyId"]!.GetValue<string>());
        }

        static FilePayload Key(string name, string pem) => new() { Name = name, MimeType = "application/octet-stream", Buffer = System.Text.Encoding.UTF8.GetBytes(pem) };
    }

    [Fact]
    public async Task Operator_LooksBackInADevicesHistory_PageByPageToTheEnd()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutAppAsync(dashboard, simulator);
        await PutDeviceAsync(dashboard, "ada-phone", "5a5a", "ada");
        await PutDeviceAsync(dashboard, "ada-tablet", "5b5b", "ada");
        string last = string.Empty;
        for (var number = 1; number <= 25; number++)
        {
            last = await PublishAsync(dashboard, new JsonObject { ["subscribers"] = JsonSerializer.SerializeToNode(s_ada) }, [], $"News {number}");
        }

        await visit.GoAsync($"/admin/events/shop/{last}", "News 25");
        await Assertions.Expect(page.Locator(".pg-pill").First).ToHaveTextAsync("completed");

        await visit.GoAsync("/admin/devices?app=shop&find=ada-phone", "Devices");
        var rows = page.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(20);
        await visit.PictureAsync("device-history", whole: false);
        await visit.AssertAccessibleAsync("device history");
        await visit.ClickAsync("Earlier");
        await Assertions.Expect(rows).ToHaveCountAsync(5);
        await visit.See("That is all: older events are not kept any more, or there were none.");
        await visit.ClickAsync("Newest");
        await Assertions.Expect(rows).ToHaveCountAsync(20);

        await visit.GoAsync("/admin/devices?app=shop&find=ada&by=subscriber", "Devices");
        var history = page.GetByRole(AriaRole.Region, new() { Name = "What they were sent" }).Locator("tbody tr");
        await Assertions.Expect(history).ToHaveCountAsync(20);
        await visit.ClickAsync("Earlier");
        await Assertions.Expect(history).ToHaveCountAsync(20);
        await visit.ClickAsync("Earlier");
        await Assertions.Expect(history).ToHaveCountAsync(10);
        await visit.AssertAccessibleAsync("subscriber history");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Viewer_SearchesEvents_ByTitleTypeIdAndState()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        var first = await PublishAsync(dashboard, new JsonObject { ["all"] = true }, [], "Good morning", "news.daily");
        await PublishAsync(dashboard, new JsonObject { ["all"] = true }, new JsonObject { ["sendAt"] = TimeProvider.System.GetUtcNow().AddDays(30).ToString("O") }, "Happy new year", "greeting");
        await visit.GoAsync("/admin/events", "Events");
        var rows = page.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        foreach (var (text, expected) in new[] { ("new year", 1), ("news.daily", 1), (first, 1), ("good", 1), ("no such event", 0) })
        {
            await page.GetByLabel("Search by title, type or id").FillAsync(text);
            await Assertions.Expect(rows).ToHaveCountAsync(expected);
        }

        await visit.See("No event fits");
        await page.GetByLabel("Search by title, type or id").FillAsync(string.Empty);
        await page.GetByLabel("State", new() { Exact = true }).SelectOptionAsync("Scheduled");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await visit.See("Happy new year");
        visit.AssertQuiet();
    }

    private static async Task PutAppAsync(Dashboard dashboard, ProviderSimulator simulator)
    {
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
    }

    private static Task PutDeviceAsync(Dashboard dashboard, string device, string tokenPrefix, string? subscriber = null, string app = "shop") =>
        dashboard.PutAsync($"/v1/apps/{app}/devices/{device}", new { provider = "apns", token = tokenPrefix + new string('0', 60), subscriber = subscriber ?? device });

    private static async Task<string> PublishAsync(Dashboard dashboard, JsonNode audience, JsonObject options, string title = "Hello", string type = "greeting") =>
        (await dashboard.PostAsync("/v1/apps/shop/events", new JsonObject
        {
            ["type"] = type,
            ["audience"] = audience,
            ["notification"] = new JsonObject { ["title"] = title },
            ["options"] = options,
        }))["id"]!.GetValue<string>();
}
