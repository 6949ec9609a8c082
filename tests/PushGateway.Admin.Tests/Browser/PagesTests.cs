using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>Every page of a gateway that has been used, in light and dark, on a desk and on a phone: no serious finding of axe, no error, and a picture.</summary>
public sealed class PagesTests(BrowserFixture browser)
{
    private const int Devices = 400;
    private static readonly string[] s_notices = ["event.completed"];
    private static readonly string[] s_scopes = ["publish"];
    private static readonly string[] s_customer = ["customer-3"];

    [Fact]
    public async Task EveryPage_InEveryLook_IsAccessibleAndQuiet()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var first = await Visit.BeginAsync(chromium, dashboard.Address);
        await first.SetUpAsync(dashboard);
        var eventId = await FillAsync(first, dashboard);
        (string Name, string Path, string Heading)[] pages =
        [
            ("overview", "/admin", "Overview"), ("events", "/admin/events", "Events"), ("event", $"/admin/events/shop/{eventId}", "Sale: 20 % off today"),
            ("compose", $"/admin/compose?app=shop&from={eventId}", "Compose"), ("devices", "/admin/devices?app=shop&find=phone-7", "Devices"),
            ("removals", "/admin/removals?app=shop", "Removals"), ("apps", "/admin/apps", "Apps"), ("app", "/admin/apps/shop", "The shop"),
            ("app-webhooks", "/admin/apps/shop?tab=webhooks", "The shop"), ("app-limits", "/admin/apps/shop?tab=limits", "The shop"),
            ("keys", "/admin/keys", "API keys"), ("users", "/admin/users", "Users"), ("audit", "/admin/audit", "Audit log"),
            ("not-found", "/admin/nothing", "There is nothing here"), ("sign-out", "/admin/sign-out", "Sign out?"),
        ];
        List<string> problems = [];
        foreach (var (dark, phone) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, dark, phone);
            await visit.Page.GotoAsync("/admin/sign-in");
            await visit.Heading("Sign in");
            var look = $"{(phone ? "phone" : "desk")}-{(dark ? "dark" : "light")}";
            await visit.PictureAsync($"sign-in-{look}");
            await visit.AssertAccessibleAsync($"sign-in {look}");
            await visit.SignInAsync("ada", "not the password");
            await visit.See("The name or the password is not right.");
            await visit.PictureAsync($"sign-in-refused-{look}");
            await visit.AssertAccessibleAsync($"refused sign-in {look}");
            await visit.SignInAsync("ada");
            await visit.Heading("Overview");
            foreach (var (name, path, heading) in pages)
            {
                await visit.GoAsync(path, heading);
                await Assertions.Expect(visit.Page.Locator(".pg-ghost")).ToHaveCountAsync(0);
                await visit.SettledAsync(name);
                await visit.PictureAsync($"{name}-{look}");
                await visit.AssertAccessibleAsync($"{name} {look}");
            }

            problems.AddRange(visit.Problems);
        }

        Assert.Empty(problems);
    }

    /// <summary>An app with simulated providers, some hundred devices of which a few are dead, and a few events.</summary>
    internal static async Task<string> FillAsync(Visit visit, Dashboard dashboard)
    {
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync("/v1/apps/news", new { name = "News" });
        await visit.GoAsync("/admin/apps/shop", "The shop");
        await visit.Button("Use the simulator").First.ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Check now" })).ToHaveCountAsync(2);
        await visit.Button("Check now").First.ClickAsync();
        await visit.See("APNs accepts the credential.");
        for (var index = 0; index < Devices; index++)
        {
            var isApple = index % 2 == 0;
            var isDead = index % 100 == 14;
            var token = isApple
                ? (isDead ? "dead" : "5a5a") + index.ToString("x60", null)
                : (isDead ? "dead" : "fine") + $"-sample-token-of-an-android-{index}";
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new { provider = isApple ? "apns" : "fcm", token, subscriber = $"customer-{index / 2}", locale = index % 5 == 0 ? "es" : "en" });
        }

        for (var index = 0; index < 6; index++)
        {
            await dashboard.PutAsync($"/v1/apps/shop/channels/sale/subscribers/customer-{index}", new { });
        }

        await dashboard.PutAsync("/v1/apps/shop/webhooks/reports", new { url = "https://127.0.0.1:9/none", events = s_notices });
        await dashboard.PostAsync("/v1/keys", new { name = "Content service", scopes = s_scopes, app = "shop" });
        await PublishAsync("Your order is on its way", "order.shipped", new { subscribers = s_customer }, null);
        var sale = await PublishAsync("Sale: 20 % off today", "sale.started", new { all = true }, null);
        await PublishAsync("Good morning", "news.daily", new { channel = "sale" }, "2027-03-01T08:00:00Z");
        var slow = await PublishAsync("A long one, slowly", "newsletter", new { all = true }, null, maxRatePerSecond: 4);
        _ = slow;
        await visit.GoAsync($"/admin/events/shop/{sale}", "Sale: 20 % off today");
        await Assertions.Expect(visit.Page.Locator(".pg-pill").First).ToHaveTextAsync("completed");
        return sale;

        async Task<string> PublishAsync(string title, string type, object audience, string? sendAt, int? maxRatePerSecond = null)
        {
            var body = new JsonObject
            {
                ["type"] = type,
                ["audience"] = System.Text.Json.JsonSerializer.SerializeToNode(audience),
                ["notification"] = new JsonObject { ["title"] = title, ["body"] = "Everything in the shop, until midnight. Free delivery from 30 €." },
                ["localizations"] = new JsonObject { ["es"] = new JsonObject { ["title"] = "Rebajas", ["body"] = "Todo en la tienda, hasta medianoche." } },
                ["options"] = new JsonObject { ["sendAt"] = sendAt, ["maxRatePerSecond"] = maxRatePerSecond },
            };
            return (await dashboard.PostAsync("/v1/apps/shop/events", body))["id"]!.GetValue<string>();
        }
    }
}
