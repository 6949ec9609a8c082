using System.Text.Json;
using System.Text.Json.Serialization;

namespace PushGateway.Core.Events;

/// <summary>The form of a <see cref="TagMatch"/> in JSON, in the contract and in the store.</summary>
public sealed class TagMatchJson : JsonConverter<TagMatch>
{
    public override TagMatch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return TagMatch.Is(reader.GetString()!);
            case JsonTokenType.True:
                return TagMatch.Present;
            case JsonTokenType.False:
                return TagMatch.Absent;
            case JsonTokenType.StartArray:
                var values = new List<string>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    values.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("A tag's values are strings."));
                }

                return TagMatch.AnyOf(values);
            default:
                throw new JsonException("A tag is matched by a string, an array of strings, true or false.");
        }
    }

    public override void Write(Utf8JsonWriter writer, TagMatch value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        if (value.Values is not { } values)
        {
            writer.WriteBooleanValue(value.IsThere);
            return;
        }

        if (values.Count == 1)
        {
            writer.WriteStringValue(values[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (var item in values)
        {
            writer.WriteStringValue(item);
        }

        writer.WriteEndArray();
    }
}
