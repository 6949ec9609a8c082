using PushGateway.Server.Problems;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Telemetry;

/// <summary>A port for those who watch: metrics and probes without a key, and nothing of the API.</summary>
internal static class ManagementPort
{
    private const string Key = $"{TelemetryOptions.SectionName}:{nameof(TelemetryOptions.ManagementUrl)}";
    private const string Metrics = "/metrics";

    /// <inheritdoc cref="ExtraAddress.Listen"/>
    public static int? Listen(WebApplicationBuilder builder, string? url) => ExtraAddress.Listen(builder, Key, url, "Management");

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
}
