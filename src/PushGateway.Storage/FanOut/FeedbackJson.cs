using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Core.FanOut;

namespace PushGateway.Storage.FanOut;

/// <summary>The form in which feedback waits: one JSON array.</summary>
internal static class FeedbackJson
{
    public static byte[] Write(TokenFeedback[] items) => JsonSerializer.SerializeToUtf8Bytes(items, FeedbackJsonContext.Default.TokenFeedbackArray);

    public static TokenFeedback[] Read(ReadOnlySpan<byte> utf8) => JsonSerializer.Deserialize(utf8, FeedbackJsonContext.Default.TokenFeedbackArray)!;
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(TokenFeedback[]))]
internal sealed partial class FeedbackJsonContext : JsonSerializerContext;
