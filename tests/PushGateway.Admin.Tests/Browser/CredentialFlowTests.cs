using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PushGateway.Core.Apps;
using PushGateway.Core.Providers;
using PushGateway.Simulator;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>Credentials as people come by them: the first one, with a quota of its own, and one that has grown old.</summary>
public sealed class CredentialFlowTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Newcomer_WithAKeyFromApple_GoesOnWithARealPhone(bool phone)
    {
        var look = phone ? "-phone" : string.Empty;
        var chromium = browser.Browser;

        // Apple is never asked: nobody listens where the proxy should be.
        await using var dashboard = await Dashboard.StartAsync(builder =>
            (builder.Configuration["PushGateway:Apns:Proxy"], builder.Configuration["PushGateway:Apns:ConnectTimeout"]) = ("http://127.0.0.1:9", "00:00:01"));
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, phone: phone);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await visit.ClickAsync("Create the app");
        await page.GetByRole(AriaRole.Link, new() { Name = "Upload a credential" }).ClickAsync();
        await visit.Heading("My app");
        var card = page.GetByRole(AriaRole.Region, new() { NameRegex = new("Apple") });
        await Assertions.Expect(card).ToContainTextAsync("No key yet.");
        await card.GetByRole(AriaRole.Button, new() { Name = "Add a credential" }).ClickAsync();
        await visit.ClickAsync("Check and save");
        await Assertions.Expect(card.Locator(".pg-error")).ToHaveCountAsync(4);
        await visit.PictureAsync($"first-run-upload{look}");
        await visit.AssertAccessibleAsync("credential without anything");

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await page.Locator("#apns-file").SetInputFilesAsync(new FilePayload
        {
            Name = "AuthKey_ABC123DEFG.p8",
            MimeType = "application/octet-stream",
            Buffer = Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem()),
        });
        await visit.See("AuthKey_ABC123DEFG.p8");
        await Assertions.Expect(page.Locator("#apns-key")).ToHaveValueAsync("ABC123DEFG");
        await page.Locator("#apns-team").FillAsync("TEAM000001");
        await page.Locator("#apns-bundle").FillAsync("com.example.app");
        await page.Locator("#apns-environment").SelectOptionAsync("sandbox");
        await visit.ClickAsync("Check and save");
        await visit.See("APNs could not say whether it is good.");
        await Assertions.Expect(card.Locator(".pg-error")).ToHaveCountAsync(0);
        await visit.PictureAsync($"first-run-unproved{look}");
        await visit.AssertAccessibleAsync("credential that could not be proved");
        await visit.ClickAsync("Use it nevertheless");
        await Assertions.Expect(card).ToContainTextAsync("version 1");
        await Assertions.Expect(card).ToContainTextAsync("sandbox");

        // The steps know of it: simulated phones would be refused, so none are offered.
        await visit.OpenMenuAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await visit.Heading("Overview");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("simulated") })).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Link, new() { Name = "Register a real one" }).ClickAsync();
        await visit.Heading("Devices");
        await page.Locator("#register-id").FillAsync("my-iphone");
        await page.Locator("#register-token").FillAsync(new string('5', 64));
        await visit.ClickAsync("Register");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "my-iphone", Exact = true })).ToBeVisibleAsync();
        await visit.GoAsync("/admin", "Overview");
        await page.GetByRole(AriaRole.Link, new() { Name = "Write the notification" }).ClickAsync();
        await visit.Heading("Compose");
        await Assertions.Expect(page.Locator("#audience-count")).ToContainTextAsync("1 device");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Admin_UploadsAServiceAccountWithItsQuota_WhichIsKeptAndShown()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/fcm", simulator.Control.Credentials.Fcm);
        var account = JsonSerializer.SerializeToNode(simulator.Control.Credentials.Fcm, JsonSerializerOptions.Web)!["serviceAccount"]!.ToJsonString();
        var card = page.GetByRole(AriaRole.Region, new() { NameRegex = new("Firebase") });
        await visit.GoAsync("/admin/apps/shop", "The shop");
        await Assertions.Expect(card).ToContainTextAsync("600,000 messages a minute");
        await card.GetByRole(AriaRole.Button, new() { Name = "Replace" }).ClickAsync();
        await page.Locator("#fcm-file").SetInputFilesAsync(new FilePayload { Name = "shop-firebase.json", MimeType = "application/json", Buffer = Encoding.UTF8.GetBytes(account) });
        await visit.See("shop-firebase.json");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Keep sending to") }).CheckAsync();
        await page.Locator("#fcm-quota").FillAsync("0");
        await visit.ClickAsync("Check and save");
        await Assertions.Expect(page.Locator("#fcm-quota-error")).ToContainTextAsync("Must be a whole number from 1 to");
        await visit.PictureAsync("app-wrong-quota", whole: false);
        await visit.AssertAccessibleAsync("wrong quota");
        Assert.Equal((1, 600_000), await InUseAsync());

        await page.Locator("#fcm-quota").FillAsync("1200");
        await visit.ClickAsync("Check and save");
        await visit.See("FCM accepts the credential.");
        await Assertions.Expect(card).ToContainTextAsync("1,200 messages a minute");
        Assert.Equal((2, 1_200), await InUseAsync());

        // Whoever replaces the key next does not lose the quota.
        await page.ReloadAsync();
        await visit.Heading("The shop");
        await card.GetByRole(AriaRole.Button, new() { Name = "Replace" }).ClickAsync();
        await Assertions.Expect(page.Locator("#fcm-quota")).ToHaveValueAsync("1200");
        visit.AssertQuiet();

        async Task<(int Version, int Quota)> InUseAsync()
        {
            using var http = dashboard.Api();
            var seen = JsonNode.Parse(await http.GetStringAsync("/v1/apps/shop/providers/fcm", TestContext.Current.CancellationToken))!;
            return (seen["version"]!.GetValue<int>(), seen["messagesPerMinute"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task AppPage_WithCredentialsThatAreAYearOld_AsksForNewOnesUntilTheyAreThere()
    {
        var chromium = browser.Browser;
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var dashboard = await Dashboard.StartAsync(builder =>
        {
            var inner = builder.Services.Single(service => service.ServiceType == typeof(IAppStore));
            builder.Services.AddSingleton<IAppStore>(services => new AgedApps((IAppStore)(
                inner.ImplementationFactory?.Invoke(services) ?? ActivatorUtilities.CreateInstance(services, inner.ImplementationType!))));
        });
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/shop/providers/apns", simulator.Control.Credentials.Apns);
        await dashboard.PutAsync("/v1/apps/shop/providers/fcm", simulator.Control.Credentials.Fcm);
        var second = simulator.Control.AddApnsKey("SIMKEY0002", simulator.Options.TeamId);
        await visit.GoAsync("/admin/apps/shop", "The shop");
        var (apple, google) = (page.GetByRole(AriaRole.Region, new() { NameRegex = new("Apple") }), page.GetByRole(AriaRole.Region, new() { NameRegex = new("Firebase") }));
        await Assertions.Expect(apple.Locator(".pg-notice.warn")).ToContainTextAsync("This key is more than a year old.");
        await Assertions.Expect(apple.Locator(".pg-notice.warn")).ToContainTextAsync("remove the old one at Apple when you are sure of the new one");
        await Assertions.Expect(google.Locator(".pg-notice.warn")).ToContainTextAsync("This service account's key is more than a year old.");
        await visit.PictureAsync("app-old-credentials");
        await visit.AssertAccessibleAsync("old credentials");

        await apple.GetByRole(AriaRole.Button, new() { Name = "Replace" }).ClickAsync();
        await page.Locator("#apns-file").SetInputFilesAsync(new FilePayload
        {
            Name = "AuthKey_SIMKEY0002.p8",
            MimeType = "application/octet-stream",
            Buffer = Encoding.UTF8.GetBytes(second.PrivateKeyPem),
        });
        await visit.See("AuthKey_SIMKEY0002.p8");
        await page.Locator("#apns-key").FillAsync("SIMKEY0002");
        await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Keep sending to") }).CheckAsync();
        await visit.ClickAsync("Check and save");
        await visit.See("APNs accepts the credential.");
        await Assertions.Expect(apple.Locator(".pg-notice.warn")).ToHaveCountAsync(0);
        await Assertions.Expect(google.Locator(".pg-notice.warn")).ToHaveCountAsync(1);
        visit.AssertQuiet();
    }

    /// <summary>Apps whose first credentials came a year ago and a day.</summary>
    private sealed class AgedApps(IAppStore inner) : IAppStore
    {
        private static readonly TimeSpan s_age = CredentialHistory.RotationAge + TimeSpan.FromDays(1);

        public event Action<int>? Changed
        {
            add => inner.Changed += value;
            remove => inner.Changed -= value;
        }

        public App? Find(string appId) => inner.Find(appId) is { } app ? Age(app) : null;

        public App? Find(int appKey) => inner.Find(appKey) is { } app ? Age(app) : null;

        public IReadOnlyList<App> List() => [.. inner.List().Select(Age)];

        public Task<(App App, bool Created)> PutAsync(string appId, string name, CancellationToken cancellationToken) => inner.PutAsync(appId, name, cancellationToken);

        public Task<(App App, bool Created)> PutAsync(string appId, string name, AppLimits limits, CancellationToken cancellationToken) =>
            inner.PutAsync(appId, name, limits, cancellationToken);

        public Task<bool> DeleteAsync(string appId, CancellationToken cancellationToken) => inner.DeleteAsync(appId, cancellationToken);

        public Task<App?> PutCredentialAsync(string appId, ProviderCredential credential, CancellationToken cancellationToken) => inner.PutCredentialAsync(appId, credential, cancellationToken);

        public Task<App?> RestoreCredentialAsync(string appId, ProviderKind provider, CancellationToken cancellationToken) =>
            inner.RestoreCredentialAsync(appId, provider, cancellationToken);

        public Task<App?> PutIdentityAsync(string appId, AppIdentity? identity, CancellationToken cancellationToken) => inner.PutIdentityAsync(appId, identity, cancellationToken);

        private static App Age(App app) => app with
        {
            CredentialHistories = app.CredentialHistories.ToDictionary(
                entry => entry.Key, entry => app.CredentialFor(entry.Key)?.Version == 1 ? entry.Value with { SetAt = entry.Value.SetAt - s_age } : entry.Value),
        };
    }
}
