using PushGateway.Admin;
using PushGateway.Dispatch;
using PushGateway.Live;
using PushGateway.Providers.Apns;
using PushGateway.Providers.Fcm;
using PushGateway.RabbitMq;
using PushGateway.Server.Administration;
using PushGateway.Server.Api;
using PushGateway.Server.Api.Rpc;
using PushGateway.Server.Canary;
using PushGateway.Server.ChatDemo;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;
using PushGateway.Server.Telemetry;
using PushGateway.Storage;

namespace PushGateway.Server;

/// <summary>Puts the gateway together.</summary>
public static class GatewayApplication
{
    private const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Builds the whole gateway: storage, dispatch, providers, API. The caller runs it.</summary>
    /// <param name="args">Command line settings, <c>--Section:Key=value</c>, and <c>--urls</c>.</param>
    /// <param name="configure">Called last, so that it may replace whatever was registered.</param>
    /// <exception cref="InvalidSettingException"><c>PUSHGATEWAY_ADMIN_KEY</c> is too short to be a key, an address to listen on is
    /// none, or a key is unknown. Other invalid settings stop the start with an exception that names the key.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null) =>
        Build(new WebApplicationOptions { Args = args }, configure);

    /// <inheritdoc cref="Build(string[], Action{WebApplicationBuilder}?)"/>
    public static WebApplication Build(WebApplicationOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        WatchSettingsByPolling();
        var builder = WebApplication.CreateBuilder(options);
        builder.Services.AddGateway();
        configure?.Invoke(builder);
        KnownSettings.Check(builder.Configuration);
        FirstAdminKey.Check(builder.Configuration);

        // Until somebody says otherwise, nobody else can reach it.
        if (builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) is { Length: > 0 } urls)
        {
            ListenAddresses.Check(urls);
        }
        else if (!builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }

        var telemetry = TelemetrySettings.Read(builder.Configuration);
        var managementPort = ManagementPort.Listen(builder, telemetry.ManagementUrl);
        builder.ListenForRpc();
        builder.Services.AddTelemetry(builder.Configuration, telemetry);

        var app = builder.Build();
        app.UseManagementPort(managementPort);
        app.UseAdminHeaders();
        app.MapPublisherApi();
        app.MapChatDemo();
        app.MapAdminDashboard();
        return app;
    }

    /// <summary>
    /// Has the settings files looked at every few seconds. By default the system is asked to tell of every change in the working directory, where the store usually lies too: that makes each of its
    /// writes dearer, and a thread hears of each.
    /// </summary>
    private static void WatchSettingsByPolling()
    {
        const string Name = "DOTNET_USE_POLLING_FILE_WATCHER";
        if (Environment.GetEnvironmentVariable(Name) is null)
        {
            Environment.SetEnvironmentVariable(Name, "true");
        }
    }

    /// <summary>Everything the gateway is made of. The order is that of the start: the store, the first key, the work left over.</summary>
    private static void AddGateway(this IServiceCollection services)
    {
        services.AddSecretProtection();
        services.AddStorage();
        services.AddHostedService<FirstAdminKey>();
        OutboundPolicyFactory.Register(services);
        services.AddApnsProvider().AddFcmProvider();
        services.AddDispatch();
        services.AddLive();
        services.AddPublisherApi();
        services.AddGatewayAdministration();
        services.AddCanary();
        services.AddChatDemo();
        services.AddRabbitMq();
    }
}
