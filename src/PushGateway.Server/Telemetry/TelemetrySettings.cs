using PushGateway.Server.Settings;

namespace PushGateway.Server.Telemetry;

/// <summary>Reads the settings before anything is registered: what they ask for decides what is.</summary>
internal static class TelemetrySettings
{
    private const string OtlpSection = $"{TelemetryOptions.SectionName}:{nameof(TelemetryOptions.Otlp)}";

    /// <exception cref="InvalidSettingException">A rule is broken; the key is named, never a header.</exception>
    public static TelemetryOptions Read(IConfiguration configuration)
    {
        var options = configuration.GetSection(TelemetryOptions.SectionName).Get<TelemetryOptions>() ?? new TelemetryOptions();
        Check(options.TraceSampleRatio is >= 0 and <= 1, $"{TelemetryOptions.SectionName}:{nameof(options.TraceSampleRatio)}", $"{options.TraceSampleRatio} is not from 0 to 1.");
        var otlp = options.Otlp;
        Check(
            otlp.Endpoint is null || (Uri.TryCreate(otlp.Endpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"),
            $"{OtlpSection}:{nameof(otlp.Endpoint)}", $"'{otlp.Endpoint}' is no address such as http://collector:4318.");
        Check(
            otlp.Protocol is OtlpOptions.Grpc or OtlpOptions.HttpProtobuf, $"{OtlpSection}:{nameof(otlp.Protocol)}",
            $"'{otlp.Protocol}' is neither {OtlpOptions.HttpProtobuf} nor {OtlpOptions.Grpc}.");
        Check(
            otlp.Headers is null || otlp.Headers.Split(',').All(static header => header.IndexOf('=', StringComparison.Ordinal) > 0),
            $"{OtlpSection}:{nameof(otlp.Headers)}", "it must have the form name=value,name=value.");
        Check(
            otlp.MetricsInterval >= TimeSpan.FromSeconds(1) && otlp.MetricsInterval <= TimeSpan.FromHours(1), $"{OtlpSection}:{nameof(otlp.MetricsInterval)}",
            $"{otlp.MetricsInterval} is not from 1 second to 1 hour.");
        return options;
    }

    private static void Check(bool holds, string key, string rule)
    {
        if (!holds)
        {
            throw new InvalidSettingException(key, rule);
        }
    }
}
