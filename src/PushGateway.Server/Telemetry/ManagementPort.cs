using PushGateway.Server.Problems;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Telemetry;

/// <summary>A port for those who watch: metrics and probes without a key, and nothing of the API.</summary>
internal static class ManagementPort
{
    private const string Key = $"{TelemetryOptions.SectionName}:{nameof(TelemetryOptions.ManagementUrl)}";
    private const string Metrics = "/metrics";

    /// <summary>Has the server listen there too.</summary>
    /// <returns>The port; <see langword="null"/> when there is none.</returns>
    /// <exception cref="InvalidSettingException">The address is none, or its port is not its own.</exception>
    public static int? Listen(WebApplicationBuilder builder, string? url)
    {
        if (string.IsNullOrEmpty(url))
        {
            return null;
        }

        var port = PortOf(url);
        if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.Contains(';', StringComparison.Ordinal) || port is not > 0)
        {
            throw new InvalidSettingException(Key, $"'{url}' is no address with a port to listen on, such as http://127.0.0.1:9464.");
        }

        var endpoints = builder.Configuration.GetSection("Kestrel:Endpoints");
        var urls = (builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) ?? string.Empty).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (urls.Concat(endpoints.GetChildren().Select(endpoint => endpoint["Url"] ?? string.Empty)).Any(other => PortOf(other) == port))
        {
            throw new InvalidSettingException(Key, $"port {port} is the API's already; it must be one of its own.");
        }

        if (endpoints.Exists())
        {
            builder.Configuration.AddInMemoryCollection([new("Kestrel:Endpoints:Management:Url", url)]);
        }
        else
        {
            builder.WebHost.UseUrls([.. urls, url]);
        }

        return port;
    }

    /// <summary>Comes first: what is asked there goes no further, but for the probes.</summary>
    public static void UseManagementPort(this WebApplication app, int? port)
    {
        if (port is null)
        {
            return;
        }

        app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Connection.LocalPort == port && context.Request.Path == Metrics);
        app.Use((context, next) => context.Connection.LocalPort != port || context.Request.Path.Value is "/healthz" or "/readyz"
            ? next(context)
            : ApiProblem.NotFound("route.unknown", "There is nothing at this address.").ExecuteAsync(context));
    }

    private static int? PortOf(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Port;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
