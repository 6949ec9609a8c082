using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace PushGateway.Server.Cli;

/// <summary>Builds the gateway for a command.</summary>
internal static class GatewayHost
{
    /// <param name="settings">As <see cref="SettingArguments"/> reads them.</param>
    public static WebApplication Build(string[] settings, Action<WebApplicationBuilder>? configure = null) => GatewayApplication.Build(settings, builder =>
    {
        // What ships beside the executable are defaults, wherever it was started from; an appsettings.json of the working directory
        // and everything else go before them.
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource
        {
            FileProvider = new PhysicalFileProvider(AppContext.BaseDirectory),
            Path = "appsettings.json",
            Optional = true,
        });
        configure?.Invoke(builder);
    });
}
