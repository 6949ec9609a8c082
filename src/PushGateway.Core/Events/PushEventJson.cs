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

    /// <summary>A saved audience is stored in the same form as those of events.</summary>
    public static byte[] Serialize(AudienceDefinition definition) =>
        JsonSerializer.SerializeToUtf8Bytes(definition, PushEventJsonContext.Default.AudienceDefinition);

    /// <exception cref="JsonException">The stored bytes are no audience: the store is damaged.</exception>
    public static AudienceDefinition DeserializeDefinition(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, PushEventJsonContext.Default.AudienceDefinition) ?? throw new JsonException("The stored audience is null.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(PushEvent))]
[JsonSerializable(typeof(AudienceDefinition))]
internal sealed partial class PushEventJsonContext : JsonSerializerContext;
