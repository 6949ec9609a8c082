using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using PushGateway.Admin.SignIn;
using PushGateway.Server;

[assembly: AssemblyFixture(typeof(PushGateway.Admin.Tests.Browser.BrowserFixture))]

namespace PushGateway.Admin.Tests.Browser;

/// <summary>One browser for all tests: Debian's Chromium.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    // The first costs a fifth less: it is the same without the parts that only a screen needs.
    private static readonly string[] s_programs = ["chromium-headless-shell", "chromium"];

    /// <summary>Skips, or fails where tools are required, when there is no Chromium.</summary>
    public IBrowser Browser
    {
        get
        {
            if (_browser is null && Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") != "1")
            {
                Assert.Skip("There is no chromium in PATH.");
            }

            return _browser ?? throw new FileNotFoundException("There is no chromium in PATH: apt-get install chromium.");
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (s_programs.Select(Find).FirstOrDefault(path => path is not null) is not { } chromium)
        {
            return;
        }

        // Other tests may keep the machine busy; what is expected comes, only later.
        Assertions.SetDefaultExpectTimeout(20_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = Environment.UserName == "root" ? ["--no-sandbox", "--disable-gpu"] : ["--disable-gpu"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

/// <summary>A whole gateway on a port of its own with an empty store.</summary>
internal sealed class Dashboard : IAsyncDisposable
{
    public const string AdminKey = "admin-tests-admin-key-0123456789-0123456789";
    public const string Password = "correct horse battery";

    private readonly string _folder;

    private Dashboard(WebApplication application, string folder) => (Application, _folder) = (application, folder);

    public WebApplication Application { get; }

    public Uri Address => new(Application.Urls.Single());

    public static async Task<Dashboard> StartAsync(Action<WebApplicationBuilder>? configure = null)
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-admin-").FullName;
        var application = GatewayApplication.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["PUSHGATEWAY_ADMIN_KEY"] = AdminKey,
                ["PushGateway:Storage:ConnectionString"] = $"Data Source={Path.Combine(folder, "store.db")}",
                ["PushGateway:DataProtection:KeysDirectory"] = Path.Combine(folder, "keys"),
                ["PushGateway:Dispatch:QuotaRampUp"] = "00:00:00",
                ["PushGateway:Admin:SignInsPerMinute"] = "1000",
            });
            builder.Logging.ClearProviders();
            configure?.Invoke(builder);
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new Dashboard(application, folder);
    }

    /// <summary>The link that a start prints.</summary>
    public async Task<string> FirstLinkAsync() =>
        await Application.Services.GetRequiredService<FirstSignIn>().IssueAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("There is a user.");

    public HttpClient Api()
    {
        var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", AdminKey);
        return http;
    }

    public async Task PutAsync(string path, object body)
    {
        using var http = Api();
        using var answer = await http.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
    }

    public async Task<System.Text.Json.Nodes.JsonNode> PostAsync(string path, object body)
    {
        using var http = Api();
        using var answer = await http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return System.Text.Json.Nodes.JsonNode.Parse(text.Length == 0 ? "{}" : text)!;
    }

    public async ValueTask DisposeAsync()
    {
        await Application.StopAsync(CancellationToken.None);
        await Application.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
