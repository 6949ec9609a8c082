using System.Text.Json;
using System.Text.Json.Serialization;

namespace PushGateway.Client.Events;

/// <summary>What a filter asks of one tag of a device. A string stands for the value it must have.</summary>
[JsonConverter(typeof(TagMatchJson))]
public sealed class TagMatch
{
    private TagMatch(bool isThere, IReadOnlyList<string>? values) => (IsThere, Values) = (isThere, values);

    /// <summary>The tag is there, whatever its value.</summary>
    public static TagMatch Present { get; } = new(true, null);

    /// <summary>The device has no such tag.</summary>
    public static TagMatch Absent { get; } = new(false, null);

    public bool IsThere { get; }

    /// <summary>It has one of these values; <see langword="null"/> when the value does not matter.</summary>
    public IReadOnlyList<string>? Values { get; }

    public static implicit operator TagMatch(string value) => FromString(value);

    public static TagMatch FromString(string value) => new(true, [value]);

    /// <param name="values">1 to 100.</param>
    public static TagMatch AnyOf(params IEnumerable<string> values) => new(true, [.. values]);
}

/// <summary>The form of a <see cref="TagMatch"/> in JSON: a string, an array of strings, true or false.</summary>
public sealed class TagMatchJson : JsonConverter<TagMatch>
{
    public override TagMatch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return TagMatch.FromString(reader.GetString()!);
            case JsonTokenType.True:
                return TagMatch.Present;
            case JsonTokenType.False:
                return TagMatch.Absent;
            case JsonTokenType.StartArray:
                var values = new List<string>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    values.Add(reader.GetString() ?? throw new JsonException("A tag's values are strings."));
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
        }
        else if (values is [var only])
        {
            writer.WriteStringValue(only);
        }
        else
        {
            writer.WriteStartArray();
            foreach (var item in values)
            {
                writer.WriteStringValue(item);
            }

            writer.WriteEndArray();
        }
    }
}
