using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>What is entered is what is published, and what is taken over from an event or a device is what was there.</summary>
public sealed class ComposeOptionsTests(BrowserFixture browser)
{
    [Fact]
    public async Task Compose_ForEachKindOfAudience_CountsItAndPublishesToIt()
    {
        const string Condition = "'news' in channels && !('vip' in channels)";
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutDevicesAsync(dashboard);
        (string Title, string Kind, string Ids, int Devices, string? Of, Audience Expected)[] audiences =
        [
            ("To a channel", "Channel", "news", 4, "of 2 subscribers", new(AudienceKind.Channels, ["news"])),
            ("To channels", "Channel", "vip, sport", 2, "of 1 subscriber", new(AudienceKind.Channels, ["vip", "sport"])),
            ("To subscribers", "Subscribers", "customer-0, customer-2", 4, "of 2 subscribers", new(AudienceKind.Subscribers, ["customer-0", "customer-2"])),
            ("To a device", "Devices", "phone-1", 1, null, new(AudienceKind.Devices, ["phone-1"])),
            ("To some by a condition", "Condition", Condition, 2, null, new(AudienceKind.Condition, [])),
            ("To everybody", "All", string.Empty, 6, "of 3 subscribers", Audience.All),
        ];
        foreach (var (title, kind, ids, devices, of, expected) in audiences)
        {
            await visit.GoAsync("/admin/compose?app=shop", "Compose");
            await page.Locator("#compose-audience").SelectOptionAsync(kind);
            if (kind != "All")
            {
                await Assertions.Expect(page.Locator("#audience-count")).ToHaveTextAsync("–");
                await page.Locator("#compose-ids").FillAsync(ids);
            }

            await Assertions.Expect(page.Locator("#audience-count b")).ToHaveTextAsync($"{devices}");
            if (of is not null)
            {
                await Assertions.Expect(page.Locator("#audience-count")).ToContainTextAsync(of);
            }

            await page.Locator("#compose-title").FillAsync(title);
            await visit.ClickAsync("Send…");
            await visit.See($"It goes to {(devices == 1 ? "1 device" : $"{devices} devices")} now.");
            await visit.ClickAsync("Send it");
            await visit.Heading(title);
            var stored = (await StoredAsync(dashboard, page)).Audience;
            Assert.Equal((expected.Kind, kind == "Condition" ? ids : null), (stored.Kind, stored.Condition?.Text));
            Assert.Equal(expected.Ids, stored.Ids);
        }

        visit.AssertQuiet();
    }

    [Fact]
    public async Task Compose_WithAWrongAudience_SaysWhereBeforeAnythingIsWritten()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutDevicesAsync(dashboard);
        await visit.GoAsync("/admin/compose?app=shop", "Compose");
        await page.Locator("#compose-audience").SelectOptionAsync("Condition");
        var error = page.Locator("#compose-ids-error");
        foreach (var (text, words) in new[]
        {
            ("'news' in channel", "Wrong at character 11: expected channels"), ("'news' in channels &&", "Wrong at character 22:"),
            ("('news' in channels", "Wrong at character 1: this ( is not closed"),
        })
        {
            await page.Locator("#compose-ids").FillAsync(text);
            await Assertions.Expect(error).ToContainTextAsync(words);
        }

        await visit.PictureAsync("compose-wrong-condition", whole: false);
        await visit.AssertAccessibleAsync("wrong condition");
        await page.Locator("#compose-audience").SelectOptionAsync("Channel");
        await page.Locator("#compose-ids").FillAsync("news, news");
        await Assertions.Expect(error).ToHaveTextAsync("The id is named twice.");
        await page.Locator("#compose-ids").FillAsync("news");
        await Assertions.Expect(error).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("#audience-count b")).ToHaveTextAsync("4");

        // With something to send it is refused as a whole, and cannot be sent.
        await page.Locator("#compose-title").FillAsync("Hello");
        await Assertions.Expect(visit.Button("Send…")).ToBeEnabledAsync();
        await page.Locator("#compose-ids").FillAsync("two words");
        await Assertions.Expect(error).ToBeVisibleAsync();
        await Assertions.Expect(visit.Button("Send…")).ToBeDisabledAsync();
        await visit.AssertAccessibleAsync("wrong channel");
        visit.AssertQuiet();
    }

    [Fact]
    public async Task Compose_WithEveryOption_PublishesItAndADraftOfItIsTheSame()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, zone: "Europe/Madrid");
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutDevicesAsync(dashboard);
        await visit.GoAsync("/admin/compose?app=shop", "Compose");
        (string Field, string Value)[] fields =
        [
            ("#compose-ids", "news, vip"), ("#compose-locales", "es"), ("#compose-title", "Opening hours"), ("#compose-body", "We are open longer."),
            ("#compose-image", "https://example.com/door.png"), ("#compose-type", "hours.changed"), ("#compose-data", "screen=hours\ncity=Madrid"), ("#compose-local", "20:30"),
            ("#compose-rate", "20"), ("#compose-collapse", "hours"),
        ];
        (string Field, string Value)[] choices =
        [
            ("#compose-audience", "Channel"), ("#compose-provider", "apns"), ("#compose-priority", "bulk"), ("#compose-ttl", "21600"), ("#compose-when", "LocalTime"),
            ("#compose-zone", "Europe/Madrid"),
        ];
        await page.GetByText("Narrow it down").ClickAsync();
        foreach (var (field, value) in choices)
        {
            await page.Locator(field).SelectOptionAsync(value);
        }

        foreach (var (field, value) in fields)
        {
            await page.Locator(field).FillAsync(value);
            await page.Locator(field).BlurAsync();
        }

        await visit.ClickAsync("Ask for a tag");
        await page.GetByLabel("Tag", new() { Exact = true }).FillAsync("plan");
        await page.GetByLabel("Value", new() { Exact = true }).FillAsync("pro");
        await visit.ClickAsync("Add a language");
        await page.Locator("#language-tag").FillAsync("es");
        await page.Locator("#language-title").FillAsync("Horario");
        await page.Locator("#language-body").FillAsync("Abrimos más tiempo.");
        await Assertions.Expect(page.Locator(".pg-push").First).ToContainTextAsync("Horario");
        var first = await ScheduleAsync("Opening hours");
        Assert.Equal(
            ("hours.changed", "Opening hours", "We are open longer.", "https://example.com/door.png"), (first.Type, first.Notification.Title, first.Notification.Body, first.Notification.ImageUrl));
        Assert.Equal((AudienceKind.Channels, "news,vip", ProviderSet.Apns, "es", "pro"), (
            first.Audience.Kind, string.Join(',', first.Audience.Ids), first.Filter.Providers & ProviderSet.All, Assert.Single(first.Filter.Locales),
            Assert.Single(first.Filter.Tags["plan"].Values!)));
        Assert.Equal(("Horario", "Abrimos más tiempo."), (first.Localizations["es"].Title, first.Localizations["es"].Body));
        Assert.Equal(("hours", "Madrid", 2), (first.Data["screen"], first.Data["city"], first.Data.Count));
        Assert.Equal(
            new EventOptions
            {
                Priority = EventPriority.Bulk,
                Ttl = TimeSpan.FromHours(6),
                LocalTime = new TimeOnly(20, 30),
                TimeZone = "Europe/Madrid",
                MaxRatePerSecond = 20,
                CollapseId = "hours",
            },
            first.Options);

        await page.GetByRole(AriaRole.Link, new() { Name = "Use as a draft" }).ClickAsync();
        await visit.Heading("Compose");
        foreach (var (field, value) in fields.Concat(choices))
        {
            await Assertions.Expect(page.Locator(field)).ToHaveValueAsync(value);
        }

        await Assertions.Expect(page.GetByLabel("Tag", new() { Exact = true })).ToHaveValueAsync("plan");
        await Assertions.Expect(page.GetByLabel("Value", new() { Exact = true })).ToHaveValueAsync("pro");
        await visit.ClickAsync("es");
        await Assertions.Expect(page.Locator("#language-title")).ToHaveValueAsync("Horario");
        await Assertions.Expect(page.GetByText("The form cannot say all of that event.")).ToHaveCountAsync(0);
        await visit.PictureAsync("compose-draft");
        await visit.AssertAccessibleAsync("draft of an event");
        var second = await ScheduleAsync("Opening hours");
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equivalent(new { first.Type, first.Audience, first.Filter, first.Notification, first.Localizations, first.Data, first.Options },
            new { second.Type, second.Audience, second.Filter, second.Notification, second.Localizations, second.Data, second.Options }, strict: true);
        visit.AssertQuiet();

        async Task<PushEvent> ScheduleAsync(string title)
        {
            await visit.ClickAsync("Schedule…");
            await visit.See("to each when its own clock shows 20:30.");
            await visit.ClickAsync("Schedule it");
            await visit.Heading(title);
            return await StoredAsync(dashboard, page);
        }
    }

    [Fact]
    public async Task Compose_FromASilentEventAndFromADevice_BeginsWithWhatTheyAre()
    {
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync();
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        var page = visit.Page;
        await visit.SetUpAsync(dashboard);
        await PutDevicesAsync(dashboard);

        // A time that the form does not offer is one that it can keep.
        var silent = await dashboard.PostAsync("/v1/apps/shop/events", new JsonObject
        {
            ["type"] = "cache.stale",
            ["audience"] = new JsonObject { ["subscribers"] = new JsonArray("customer-1") },
            ["data"] = new JsonObject { ["cache"] = "prices" },
            ["options"] = new JsonObject { ["silent"] = true, ["ttlSeconds"] = 7_200 },
        });
        await visit.GoAsync($"/admin/events/shop/{silent["id"]}", "Silent notification");
        await page.GetByRole(AriaRole.Link, new() { Name = "Use as a draft" }).ClickAsync();
        await visit.Heading("Compose");
        await Assertions.Expect(page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Silent") })).ToBeCheckedAsync();
        await Assertions.Expect(page.Locator("#compose-data")).ToHaveValueAsync("cache=prices");
        await Assertions.Expect(page.Locator("#compose-ttl")).ToHaveValueAsync("7200");
        await Assertions.Expect(page.Locator("#compose-ttl option:checked")).ToHaveTextAsync("2 hours");
        await Assertions.Expect(page.Locator("#audience-count b")).ToHaveTextAsync("2");
        await visit.See("Nothing is shown. The app wakes and gets the data.");
        await visit.PictureAsync("compose-silent");
        await visit.AssertAccessibleAsync("silent draft");
        await page.Locator("#compose-data").FillAsync("cache=prices\nshelf=7");
        await visit.ClickAsync("Send…");
        await visit.See("It goes to 2 devices now.");
        await visit.ClickAsync("Send it");
        await visit.Heading("Silent notification");
        var stored = await StoredAsync(dashboard, page);
        Assert.Equal((true, TimeSpan.FromHours(2), null), (stored.Options.Silent, stored.Options.Ttl, stored.Notification.Title));
        Assert.Equal(("prices", "7"), (stored.Data["cache"], stored.Data["shelf"]));

        await visit.GoAsync("/admin/devices?app=shop&find=phone-3", "Devices");
        await page.GetByRole(AriaRole.Link, new() { Name = "Send to it" }).ClickAsync();
        await visit.Heading("Compose");
        await Assertions.Expect(page.Locator("#compose-audience")).ToHaveValueAsync("Devices");
        await Assertions.Expect(page.Locator("#compose-ids")).ToHaveValueAsync("phone-3");
        await Assertions.Expect(page.Locator("#test-device")).ToHaveValueAsync("phone-3");
        await Assertions.Expect(page.Locator("#audience-count")).ToContainTextAsync("1 device");
        await page.Locator("#compose-title").FillAsync("Only you");
        await visit.ClickAsync("Send…");
        await visit.See("It goes to 1 device now.");
        await visit.ClickAsync("Send it");
        await visit.Heading("Only you");
        Assert.Equal(["phone-3"], (await StoredAsync(dashboard, page)).Audience.Ids);
        visit.AssertQuiet();
    }

    /// <summary>Six of three customers: 0 and 1 have news, 1 is vip, 2 nothing but a phone; half of them Apple's, and these Spanish of plan pro.</summary>
    private static async Task PutDevicesAsync(Dashboard dashboard)
    {
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        for (var index = 0; index < 6; index++)
        {
            var isApple = index % 2 == 0;
            await dashboard.PutAsync($"/v1/apps/shop/devices/phone-{index}", new
            {
                provider = isApple ? "apns" : "fcm",
                token = isApple ? "5a5a" + index.ToString("x60", null) : $"fine-sample-token-of-an-android-{index}",
                subscriber = $"customer-{index / 2}",
                locale = isApple ? "es-MX" : "en",
                tags = isApple ? new Dictionary<string, string> { ["plan"] = "pro" } : [],
            });
        }

        foreach (var (channel, customer) in new[] { ("news", 0), ("news", 1), ("vip", 1) })
        {
            await dashboard.PutAsync($"/v1/apps/shop/channels/{channel}/subscribers/customer-{customer}", new { });
        }
    }

    /// <returns>The event whose page is open, as it was published.</returns>
    private static async Task<PushEvent> StoredAsync(Dashboard dashboard, IPage page)
    {
        var services = dashboard.Application.Services;
        var app = services.GetRequiredService<IAppStore>().Find("shop")!;
        return (await services.GetRequiredService<IEventStore>().FindAsync(app.Key, page.Url.Split('/')[^1], TestContext.Current.CancellationToken))!.Event;
    }
}
