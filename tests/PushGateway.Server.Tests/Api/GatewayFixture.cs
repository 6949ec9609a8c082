using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PushGateway.Simulator;

[assembly: AssemblyFixture(typeof(PushGateway.Server.Tests.Api.GatewayFixture))]

namespace PushGateway.Server.Tests.Api;

/// <summary>One whole gateway with a store in a temporary folder, and the simulated providers, for all tests of the API.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    public const string AdminKey = "api-tests-admin-key-0123456789-0123456789";

    private int _apps;

    internal TestGateway Gateway { get; private set; } = null!;

    public ProviderSimulator Simulator { get; private set; } = null!;

    internal ApiClient Admin => Gateway.Client(AdminKey);

    public async ValueTask InitializeAsync()
    {
        Simulator = await ProviderSimulator.StartAsync(new SimulatorOptions());
        Gateway = await TestGateway.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Simulator.DisposeAsync();
    }

    /// <summary>An app of the test's own, with keys of each scope.</summary>
    internal async Task<TestApp> CreateAppAsync()
    {
        var id = $"app-{Interlocked.Increment(ref _apps)}";
        var admin = Admin;
        (await admin.PutAsync($"/v1/apps/{id}", new { name = "An app" })).Expect(201);
        return new TestApp(
            id, admin, await KeyAsync(admin, id, "publish"), await KeyAsync(admin, id, "devices"), await KeyAsync(admin, id, "read"));
    }

    internal async Task ConfigureProvidersAsync(TestApp app)
    {
        var credentials = Simulator.Control.Credentials;
        (await app.Admin.PutAsync($"{app.Path}/providers/apns", credentials.Apns)).Expect(204);
        (await app.Admin.PutAsync($"{app.Path}/providers/fcm", credentials.Fcm)).Expect(204);
    }

    private async Task<ApiClient> KeyAsync(ApiClient admin, string app, string scope)
    {
        var created = (await admin.PostAsync("/v1/keys", new { name = scope, scopes = new[] { scope }, app })).Expect(201);
        return Gateway.Client(created.Text("key"));
    }
}

/// <summary>An app with keys of each scope.</summary>
internal sealed record TestApp(string Id, ApiClient Admin, ApiClient Publish, ApiClient Devices, ApiClient Read)
{
    public string Path => $"/v1/apps/{Id}";
}

/// <summary>A gateway in this process, on a port of its own, with a store of its own.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly bool _ownsFolder;

    private TestGateway(WebApplication application, string folder, bool ownsFolder) =>
        (Application, Folder, _ownsFolder) = (application, folder, ownsFolder);

    public WebApplication Application { get; }

    public string Folder { get; }

    public ErrorLog Errors => Application.Services.GetServices<ILoggerProvider>().OfType<ErrorLog>().Single();

    public T Service<T>()
        where T : notnull => Application.Services.GetRequiredService<T>();

    /// <summary>Of the API; on loopback, also when it listens on every address.</summary>
    public Uri Address => new(Application.Urls.First().Replace("[::]", "127.0.0.1", StringComparison.Ordinal));

    /// <param name="folder">One of an earlier gateway, to start over its store; <see langword="null"/> for a new one.</param>
    public static async Task<TestGateway> StartAsync(
        Dictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? configure = null, string? folder = null)
    {
        var home = folder ?? Directory.CreateTempSubdirectory("pushgateway-api-").FullName;
        var application = GatewayApplication.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["PUSHGATEWAY_ADMIN_KEY"] = GatewayFixture.AdminKey,
                ["PushGateway:Storage:ConnectionString"] = $"Data Source={Path.Combine(home, "store.db")}",
                ["PushGateway:DataProtection:KeysDirectory"] = Path.Combine(home, "keys"),
            });
            builder.Configuration.AddInMemoryCollection(settings ?? []);
            builder.Logging.ClearProviders().AddProvider(new ErrorLog());
            configure?.Invoke(builder);
        });
        try
        {
            await application.StartAsync(TestContext.Current.CancellationToken);
            return new TestGateway(application, home, folder is null);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    public ApiClient Client(string? key)
    {
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1 }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        if (key is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return new ApiClient(http);
    }

    public async ValueTask DisposeAsync()
    {
        await Application.StopAsync(CancellationToken.None);
        await Application.DisposeAsync();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
