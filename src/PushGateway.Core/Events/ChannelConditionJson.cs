using System.Text.Json;
using System.Text.Json.Serialization;

namespace PushGateway.Core.Events;

/// <summary>Stores a condition as its text.</summary>
internal sealed class ChannelConditionJson : JsonConverter<ChannelCondition>
{
    public override ChannelCondition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ChannelCondition.TryParse(reader.GetString(), out var condition, out var problem)
            ? condition
            : throw new JsonException($"Not a condition, at character {problem.Position}: {problem.Detail}.");

    public override void Write(Utf8JsonWriter writer, ChannelCondition value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
