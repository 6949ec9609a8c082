using System.Text.Json;

namespace PushGateway.Benchmarks.Reporting;

/// <summary>How results and the messages between the processes of a benchmark are written: camelCase, one line.</summary>
internal static class BenchmarkJson
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, s_options);

    /// <exception cref="JsonException">The line is something else.</exception>
    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, s_options) ?? throw new JsonException("The message is null.");
}
