using System.Text.Json.Nodes;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Live;
using PushGateway.Admin.Pages;
using PushGateway.Admin.Shared;
using PushGateway.Admin.SignIn;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;

namespace PushGateway.Admin.Tests.Components;

/// <summary>Pages whose store answers when the test says so.</summary>
public sealed class PageTests : BunitContext
{
    private static readonly App s_shop = new() { Key = 1, Id = "shop", Name = "The shop", CreatedAt = DateTimeOffset.UnixEpoch };

    public PageTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudBlazorParts();
        Services.AddSingleton(TimeProvider.System);
        AddAuthorization().SetAuthorized("ada").SetPolicies(AdminAccess.Viewer, AdminAccess.Operator, AdminAccess.Admin);
        Use(s_shop);
    }

    [Fact]
    public async Task KeysPage_CreateClickedTwice_MakesOneKey()
    {
        var (made, calls) = (new TaskCompletionSource<Answer>(), 0);
        Services.AddSingleton(Stub.Of<IApiKeyStore>((_, _) => Array.Empty<ApiKey>()));
        Services.AddSingleton(Stub.Of<IGatewayActions>((_, _) =>
        {
            calls++;
            return made.Task;
        }));
        var page = Render<KeysPage>();
        await Button(page, "New key").ClickAsync(new());

        var clicks = new[] { Button(page, "Create the key").ClickAsync(new()), Button(page, "Create the key").ClickAsync(new()) };
        made.SetResult(Answer.Done(new JsonObject { ["key"] = "pk_secret" }));
        await Task.WhenAll(clicks);

        page.WaitForAssertion(() => Assert.Equal("pk_secret", page.Find("#new-key").TextContent));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task KeysPage_WithManyKeys_ShowsMoreAndFindsThem()
    {
        Services.AddSingleton(Stub.Of<IGatewayActions>((_, _) => null));
        ApiKey[] keys =
        [
            .. Enumerable.Range(0, 650).Select(number => new ApiKey
            {
                Id = $"id-{number}",
                Name = $"Key {number}",
                Scopes = ApiKeyScopes.Read,
                AppId = number == 7 ? "rare-app" : "shop",
                CreatedAt = DateTimeOffset.UnixEpoch,
                Hash = new byte[32],
            }),
        ];
        Services.AddSingleton(Stub.Of<IApiKeyStore>((_, _) => keys));
        var page = Render<KeysPage>();
        Assert.Equal(100, page.FindAll("tbody tr").Count);
        Assert.Contains("100 of 650", page.Markup, StringComparison.Ordinal);
        await Button(page, "Show more").ClickAsync(new());
        Assert.Equal(200, page.FindAll("tbody tr").Count);

        foreach (var (text, expected) in new[] { ("key 649", 1), ("ID-64", 11), ("rare", 1), ("nobody's", 0) })
        {
            await page.Find("input[type=search]").InputAsync(new() { Value = text });
            Assert.Equal(expected, page.FindAll("tbody tr").Count);
        }
    }

    [Fact]
    public async Task RemovalsPage_OlderSearchAnsweredLast_ShowsTheLaterOne()
    {
        var older = new TaskCompletionSource<RemovalPage>();
        Services.AddSingleton(Stub.Of<IGatewayActions>((_, _) => null));
        Services.AddSingleton(Stub.Of<IRemovalStore>((method, arguments) => method switch
        {
            nameof(IRemovalStore.ListHeld) => Array.Empty<RemovalHold>(),
            nameof(IRemovalStore.ListAsync) => ((RemovalFilter)arguments[1]!).DeviceId == "a" ? older.Task : Task.FromResult(Page(((RemovalFilter)arguments[1]!).DeviceId ?? "any")),
            _ => TimeSpan.FromDays(7),
        }));
        var page = Render<RemovalsPage>();
        var first = page.Find("input[type=search]").InputAsync(new() { Value = "a" });
        await page.Find("input[type=search]").InputAsync(new() { Value = "ab" });
        older.SetResult(Page("a"));
        await first;

        Assert.Equal("ab", Assert.Single(page.FindAll("tbody tr td:first-child b")).TextContent);

        static RemovalPage Page(string device) => new(
            [new Removal { Id = 1, DeviceId = device, SubscriberId = device, Provider = ProviderKind.Apns, State = RemovalState.Removed, Reason = "Unregistered", At = DateTimeOffset.UnixEpoch }], null);
    }

    [Fact]
    public async Task EventsPage_MoreAnsweredAfterANewSearch_AddsNothingToIt()
    {
        var more = new TaskCompletionSource<IReadOnlyList<EventHit>>();
        var events = Stub.Of<IEventStore>((_, arguments) => Task.FromResult<EventRecord?>(Event((string)arguments[1]!)));
        var search = Stub.Of<IEventSearch>((_, arguments) => arguments[0] switch
        {
            EventQuery { Before: null, State: null } => Task.FromResult(Hits(1_000, 50)),
            EventQuery { State: EventState.Completed } => Task.FromResult(Hits(2_000, 1)),
            _ => more.Task,
        });
        Services.AddSingleton(events);
        Services.AddSingleton(search);
        Services.AddSingleton(new LiveFeed(
            Stub.Of<IAppStore>((_, _) => null), events, search, Stub.Of<IFanOutDispatcher>((_, _) => null), Stub.Of<IOutcomeTotals>((_, _) => null),
            Stub.Of<IRemovalStore>((_, _) => null), Stub.Of<IWebhookStore>((_, _) => null), Stub.Of<IStoreWatch>((_, _) => null), Stub.Of<INodeDirectory>((_, _) => null),
            TimeProvider.System, NullLogger<LiveFeed>.Instance));
        var page = Render<EventsPage>();
        Assert.Equal(25, page.FindAll("tbody tr").Count);

        var older = Button(page, "Show older ones").ClickAsync(new());
        await page.Find("select[aria-label=State]").ChangeAsync(new() { Value = "Completed" });
        more.SetResult(Hits(500, 50));
        await older;

        Assert.Single(page.FindAll("tbody tr"));

        static IReadOnlyList<EventHit> Hits(long newest, int count) =>
            [.. Enumerable.Range(0, count).Select(index => new EventHit(newest - index, 1, $"e{newest - index}", EventState.Completed, DateTimeOffset.UnixEpoch))];

        static EventRecord Event(string id) => Samples.Event(EventState.Completed) is var sample ? sample with { Event = sample.Event with { Id = id } } : null!;
    }

    [Theory]
    [InlineData("https://127.0.0.1:2197", "Add a simulated phone")]
    [InlineData("https://proxy.example", null)]
    [InlineData(null, null)]
    public void FirstRun_WithACredential_OffersASimulatedPhoneOnlyWhereItLeadsToASimulator(string? endpoint, string? expected)
    {
        Use(s_shop with
        {
            Credentials = new Dictionary<ProviderKind, ProviderCredential>
            {
                [ProviderKind.Apns] = new ApnsCredential
                {
                    TeamId = "TEAM000001",
                    KeyId = "KEY0000001",
                    PrivateKey = "key",
                    BundleId = "com.example",
                    Environment = DeviceEnvironment.Production,
                    Endpoint = endpoint is null ? null : new Uri(endpoint),
                },
            },
        });
        Services.AddSingleton(Stub.Of<IGatewayActions>((_, _) => null));
        Services.AddSingleton(Stub.Of<IDeviceStore>((_, _) => AsyncEnumerable.Empty<DeviceExport>()));

        var steps = Render<FirstRun>();

        Assert.Equal(expected is null ? [] : [expected], steps.FindAll("button").Select(button => button.TextContent.Trim()));
        var real = steps.FindAll("a").Single(link => link.TextContent.Trim() == "Register a real one");
        Assert.Equal(expected is null, real.ClassList.Contains("mud-button-filled"));
    }

    /// <summary>Instead of those of before.</summary>
    private void Use(params App[] apps) => Services.AddSingleton(Stub.Of<IAppStore>((method, arguments) => method switch
    {
        nameof(IAppStore.List) => apps,
        nameof(IAppStore.Find) => apps.FirstOrDefault(app => arguments[0] is int key ? app.Key == key : app.Id == (string)arguments[0]!),
        _ => null,
    }));

    private static AngleSharp.Dom.IElement Button<T>(IRenderedComponent<T> page, string text)
        where T : Microsoft.AspNetCore.Components.IComponent => page.FindAll("button").Single(button => button.TextContent.Trim() == text);
}
