using System.Buffers;
using System.Text.Json;

namespace PushGateway.Storage.Sqlite.Devices;

/// <summary>The form in which a device's tags are stored: one JSON object of strings, keys in ordinal order, so that equal tags are equal bytes.</summary>
internal static class TagsJson
{
    /// <returns><see langword="null"/> when there are none.</returns>
    public static byte[]? Write(IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Count == 0)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>(64);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="JsonException">The stored bytes are no tags: the store is damaged.</exception>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> utf8)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            tags[key] = reader.GetString() ?? string.Empty;
        }

        return tags;
    }

    /// <summary>Whether all the wanted tags are there with their values; allocates nothing.</summary>
    public static bool Contains(ReadOnlySpan<byte> utf8, IReadOnlyList<KeyValuePair<string, string>> wanted)
    {
        if (utf8.IsEmpty)
        {
            return wanted.Count == 0;
        }

        var found = 0;
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = IndexOf(ref reader, wanted);
            reader.Read();
            if (index >= 0)
            {
                if (!reader.ValueTextEquals(wanted[index].Value))
                {
                    return false;
                }

                found++;
            }
        }

        return found == wanted.Count;
    }

    private static int IndexOf(ref Utf8JsonReader reader, IReadOnlyList<KeyValuePair<string, string>> wanted)
    {
        for (var index = 0; index < wanted.Count; index++)
        {
            if (reader.ValueTextEquals(wanted[index].Key))
            {
                return index;
            }
        }

        return -1;
    }
}
