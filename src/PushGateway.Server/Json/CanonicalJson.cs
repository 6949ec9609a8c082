using System.Buffers;
using System.Text.Json;

namespace PushGateway.Server.Json;

/// <summary>One spelling for all JSON texts that say the same: members by ordinal order of name, no white space, plain escapes.</summary>
internal static class CanonicalJson
{
    /// <param name="without">A member of the outermost object that is left out.</param>
    public static ReadOnlySpan<byte> Write(JsonElement element, ArrayBufferWriter<byte> buffer, string? without = null)
    {
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(element, writer, without);
        }

        return buffer.WrittenSpan;
    }

    private static void Write(JsonElement element, Utf8JsonWriter writer, string? without)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    if (member.Name != without)
                    {
                        writer.WritePropertyName(member.Name);
                        Write(member.Value, writer, without: null);
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(item, writer, without: null);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                // Through the text, not the raw bytes: an escape and the character it stands for are the same.
                writer.WriteStringValue(element.GetString());
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
