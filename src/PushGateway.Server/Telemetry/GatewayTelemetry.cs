using System.Reflection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace PushGateway.Server.Telemetry;

/// <summary>Traces, and the export of traces and metrics. Without a receiver nothing is traced, and the places that would begin a span find nobody listening.</summary>
internal static class GatewayTelemetry
{
    /// <summary>Every part names its source as its meter: <c>PushGateway.Dispatch</c>.</summary>
    private const string Sources = "PushGateway.*";

    private const string ServiceName = "pushgateway";

    /// <summary>The standard's variables by which a receiver may be named instead.</summary>
    private static readonly string[] s_standardEndpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    public static string Version { get; } =
        typeof(GatewayTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration, TelemetryOptions options)
    {
        services.AddSingleton<StoreDisk>();
        services.AddHostedService<ProcessMetrics>();

        // What the environment says of the service goes before what is said here.
        var telemetry = services.AddOpenTelemetry().ConfigureResource(static resource => resource
            .AddService(ServiceName, serviceVersion: Version).AddEnvironmentVariableDetector());
        if (options.Otlp.Endpoint is null && s_standardEndpoints.All(name => string.IsNullOrEmpty(configuration[name])))
        {
            return;
        }

        telemetry.WithTracing(tracing => tracing
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceSampleRatio)))
            .AddSource(Sources)
            // Of pages, assets and probes there is nothing to follow. The query is left out by the library: it may hold a token.
            .AddAspNetCoreInstrumentation(static requests => requests.Filter = static context => context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
            .AddOtlpExporter(exporter => Configure(exporter, options.Otlp, "v1/traces")));
        telemetry.WithMetrics(metrics => metrics.AddOtlpExporter((exporter, reader) =>
        {
            Configure(exporter, options.Otlp, "v1/metrics");
            if (options.Otlp.Endpoint is not null)
            {
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Otlp.MetricsInterval.TotalMilliseconds;
            }
        }));
    }

    private static void Configure(OtlpExporterOptions exporter, OtlpOptions options, string path)
    {
        if (options.Endpoint is null)
        {
            return;
        }

        var isHttp = options.Protocol == OtlpOptions.HttpProtobuf;
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

        // The library puts the path there only for an endpoint that it found by itself.
        exporter.Endpoint = isHttp ? new Uri($"{options.Endpoint.TrimEnd('/')}/{path}") : new Uri(options.Endpoint);
        exporter.Headers = options.Headers ?? exporter.Headers;
    }
}
