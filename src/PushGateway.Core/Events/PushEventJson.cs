using System.Text.Json;
using System.Text.Json.Serialization;

namespace PushGateway.Core.Events;

/// <summary>The form in which an event is stored. Readers of older rows must keep working: members may be added, none renamed.</summary>
public static class PushEventJson
{
    public static byte[] Serialize(PushEvent pushEvent) => JsonSerializer.SerializeToUtf8Bytes(pushEvent, PushEventJsonContext.Default.PushEvent);

    /// <exception cref="JsonException">The stored bytes are no event: the store is damaged.</exception>
    public static PushEvent Deserialize(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, PushEventJsonContext.Default.PushEvent) ?? throw new JsonException("The stored event is null.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(PushEvent))]
internal sealed partial class PushEventJsonContext : JsonSerializerContext;
