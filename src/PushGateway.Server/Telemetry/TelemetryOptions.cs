namespace PushGateway.Server.Telemetry;

/// <summary>What the gateway tells of itself, and to whom. <c>/metrics</c> needs none of it.</summary>
public sealed class TelemetryOptions
{
    public const string SectionName = "PushGateway:Telemetry";

    /// <summary>
    /// A further address to listen on, such as <c>http://0.0.0.0:9464</c>, which answers <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c> without a key and nothing
    /// else. <c>http</c>, with a port of its own. Whoever reaches it sees how much is sent, and no app, event or device by name. Default none.
    /// </summary>
    public string? ManagementUrl { get; set; }

    /// <summary>
    /// The share of traces that begin here and are recorded, 0 to 1; one that a publisher began is recorded when the publisher's is (<c>traceparent</c>). Default 1.
    /// </summary>
    public double TraceSampleRatio { get; set; } = 1;

    /// <summary>Where traces and metrics are exported to; without an endpoint nowhere.</summary>
    public OtlpOptions Otlp { get; set; } = new();
}

/// <summary>A receiver of the OpenTelemetry protocol.</summary>
/// <remarks>What is not set here can be set with the standard's own variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, <c>_HEADERS</c>, <c>_PROTOCOL</c>, …).</remarks>
public sealed class OtlpOptions
{
    /// <summary>A value of <see cref="Protocol"/>.</summary>
    public const string Grpc = "grpc";

    /// <summary>A value of <see cref="Protocol"/>.</summary>
    public const string HttpProtobuf = "http/protobuf";

    /// <summary>
    /// <c>http</c> or <c>https</c> address of the receiver, such as <c>http://collector:4318</c>. With <c>http/protobuf</c>, <c>/v1/traces</c> and <c>/v1/metrics</c> are
    /// put behind it. Default none: nothing is exported, and nothing is traced.
    /// </summary>
    public string? Endpoint { get; set; }

    /// <summary><c>http/protobuf</c>, which is the default, or <c>grpc</c>.</summary>
    public string Protocol { get; set; } = HttpProtobuf;

    /// <summary>Headers to send along, <c>name=value,name=value</c>, values percent-encoded where they have commas. Treated as a secret. Default none.</summary>
    public string? Headers { get; set; }

    /// <summary>How often metrics are exported, 1 second to 1 hour. Default 1 minute.</summary>
    public TimeSpan MetricsInterval { get; set; } = TimeSpan.FromMinutes(1);
}
