using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>A visitor's browser window: notes what goes wrong in its console, takes pictures and asks axe.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private static readonly string s_pictures = Path.Combine(AppContext.BaseDirectory, "TestResults", "pictures");

    private readonly IBrowserContext _context;
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _problems = new();

    private Visit(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <param name="trustsAnybody">Also servers with a certificate that nobody has vouched for.</param>
    public static async Task<Visit> BeginAsync(IBrowser browser, Uri address, bool dark = false, bool phone = false, string? zone = null, bool trustsAnybody = false)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.AbsoluteUri,
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1440, Height = 900 },
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = zone,
            IgnoreHTTPSErrors = trustsAnybody,
        });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        var visit = new Visit(context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal))
            {
                visit._problems.Enqueue($"{page.Url}: {message.Text}");
            }
        };
        page.PageError += (_, error) => visit._problems.Enqueue($"{page.Url}: {error}");
        page.Response += (_, response) =>
        {
            // A page may be refused or missing, and say so; a part of a page may not.
            if (response.Status >= 500 || (response.Status >= 400 && response.Request.ResourceType is "script" or "stylesheet" or "image" or "font"))
            {
                visit._problems.Enqueue($"{response.Status} {response.Url}");
            }
        };
        return visit;
    }

    /// <summary>Creates the first account by the one-time link; ends on the overview.</summary>
    public async Task SetUpAsync(Dashboard dashboard, string name = "ada")
    {
        await Page.GotoAsync(await dashboard.FirstLinkAsync());
        await CreateAccountAsync(name);
    }

    /// <summary>On the page that the link leads to.</summary>
    public async Task CreateAccountAsync(string name)
    {
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("Password", new() { Exact = true }).FillAsync(Dashboard.Password);
        await Page.GetByLabel("Password again").FillAsync(Dashboard.Password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Create the account" }).ClickAsync();
        await Heading("Overview");
    }

    public async Task SignInAsync(string name, string password = Dashboard.Password)
    {
        await Page.GotoAsync("/admin/sign-in");
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    public async Task GoAsync(string path, string heading)
    {
        await Page.GotoAsync(path);
        await Heading(heading);
    }

    public Task Heading(string text) => Assertions.Expect(Page.GetByRole(AriaRole.Heading, new() { Name = text, Level = 1 })).ToBeVisibleAsync();

    public Task See(string text) => Assertions.Expect(Page.GetByText(text).First).ToBeVisibleAsync();

    public Task ClickAsync(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>What a phone keeps behind its menu.</summary>
    public async Task OpenMenuAsync()
    {
        if (await Button("Open the menu").IsVisibleAsync())
        {
            await ClickAsync("Open the menu");
        }
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>What comes in after the page itself is there.</summary>
    public async Task SettledAsync(string page)
    {
        var sign = page switch
        {
            "overview" => Page.Locator(".pg-stat-value").First,
            "events" => Page.Locator("tbody tr").First,
            "event" => Page.Locator("tbody tr").First,
            "compose" => Page.Locator(".pg-meter").First,
            "devices" => Page.Locator("tbody tr").First,
            _ => Page.Locator("h1"),
        };
        await Assertions.Expect(sign).ToBeVisibleAsync();
    }

    public async Task PictureAsync(string name, bool whole = true)
    {
        Directory.CreateDirectory(s_pictures);
        // What stays in place while the page scrolls is taken where the window is.
        await Page.EvaluateAsync("window.scrollTo(0, 0)");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(s_pictures, $"{name}.png"), FullPage = whole, Animations = ScreenshotAnimations.Disabled });
    }

    /// <summary>Notes for <see cref="AssertQuiet"/>: nothing serious for people who cannot see, or not use a mouse; and no wider than the window.</summary>
    public async Task AssertAccessibleAsync(string where)
    {
        var bad = (await Page.RunAxe()).Violations.Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{where}: {violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Take(4).Select(node => node.Html))}");
        foreach (var finding in bad)
        {
            _problems.Enqueue(finding);
        }

        var tooWide = await Page.EvaluateAsync<int>("document.scrollingElement.scrollWidth - innerWidth");
        if (tooWide > 0)
        {
            _problems.Enqueue($"{where} is {tooWide} pixels wider than the window.");
        }
    }

    public IEnumerable<string> Problems => _problems;

    public void AssertQuiet() => Assert.Empty(_problems);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
