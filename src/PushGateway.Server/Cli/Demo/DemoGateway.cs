using System.Net;
using System.Net.Sockets;
using PushGateway.RabbitMq;
using PushGateway.Server.Administration;

namespace PushGateway.Server.Cli.Demo;

/// <summary>The gateway in this process, on loopback, with a store of its own.</summary>
internal sealed class DemoGateway : IAsyncDisposable
{
    private readonly WebApplication _application;

    private DemoGateway(WebApplication application) => _application = application;

    public Uri Url => new(_application.Urls.First());

    /// <summary>Where gRPC is spoken without TLS.</summary>
    public Uri Rpc => new(_application.Urls.Last());

    /// <summary>Leads to the dashboard's first account, once; <see langword="null"/> when there is one.</summary>
    public Uri? FirstSignIn => _application.Services.GetRequiredService<FirstSignInNotice>().Path is { } path ? new Uri(Url, path) : null;

    /// <param name="port"><see langword="null"/>: the default one, or a free one when it is taken.</param>
    public static async Task<DemoGateway> StartAsync(Terminal terminal, int? port, DemoFolder folder, string adminKey, string appId, SimulatorDetails simulator, CancellationToken cancellationToken)
    {
        var chosen = port ?? DemoSettings.DefaultPort;
        if (port is null && !IsFree(chosen))
        {
            await terminal.Output.WriteLineAsync($"Port {chosen} is taken, so the gateway listens on a free one.");
            chosen = 0;
        }

        var application = GatewayHost.Build([$"--urls=http://127.0.0.1:{chosen}"], builder => Configure(builder, folder, adminKey, appId, IsFree(DemoSettings.RpcPort) ? DemoSettings.RpcPort : FreePort()));
        // The table after the broadcast has the link; what the dashboard calls the simulator is the one there is.
        application.Services.GetRequiredService<FirstSignInNotice>().IsQuiet = true;
        application.Services.GetRequiredService<SimulatorOffer>().Running = simulator;
        try
        {
            await application.StartAsync(cancellationToken);
            return new DemoGateway(application);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static void Configure(WebApplicationBuilder builder, DemoFolder folder, string adminKey, string appId, int rpcPort)
    {
        // Last, so that nothing set for a real gateway in this environment reaches the demo, or the demo its store.
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PUSHGATEWAY_ADMIN_KEY"] = adminKey,
            ["PushGateway:Storage:Provider"] = "Sqlite",
            ["PushGateway:Storage:ConnectionString"] = $"Data Source={folder.StoreFile}",
            ["PushGateway:DataProtection:KeysDirectory"] = folder.KeysDirectory,
            // The simulated Google does not mind being taken by surprise.
            ["PushGateway:Dispatch:QuotaRampUp"] = "00:00:00",
            // The simulator is on this machine, whatever is allowed to a gateway that others reach.
            ["PushGateway:Outbound:Loopback"] = "Always",
            ["PushGateway:Telemetry:ManagementUrl"] = null,
            ["PushGateway:ChatDemo:App"] = appId,
            ["PushGateway:Grpc:Url"] = $"http://127.0.0.1:{rpcPort}",
            ["PushGateway:Canary:App"] = null,
            ["PushGateway:Canary:Subscriber"] = null,
        });
        // Its list of queues cannot be taken back by other settings.
        builder.Services.PostConfigure<RabbitMqOptions>(broker => (broker.Uri, broker.Queues) = (null, []));
        // The terminal belongs to the bar.
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new FileLoggerProvider(folder.LogFile, TimeProvider.System));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
