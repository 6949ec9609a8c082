using OpenTelemetry.Metrics;
using PushGateway.Core.Keys;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Operations;

/// <summary><c>/metrics</c>: what the meters of the gateway's parts show, in the text form of Prometheus. For keys of scope <c>read</c>.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Every part names its meter so: <c>PushGateway.Dispatch</c>.</summary>
    private const string Meters = "PushGateway.*";

    public static IServiceCollection AddGatewayMetrics(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Meters, "System.Runtime", "Microsoft.AspNetCore.Hosting").AddPrometheusExporter());
        return services;
    }

    public static void Map(WebApplication app) =>
        app.MapPrometheusScrapingEndpoint("/metrics").RequireScope(ApiKeyScopes.Read).WithDisplayName("Metrics");
}
