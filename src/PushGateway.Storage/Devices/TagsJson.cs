using System.Buffers;
using System.Text;
using System.Text.Json;
using PushGateway.Core.Events;

namespace PushGateway.Storage.Devices;

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

    /// <summary>Whether the tags are as all the conditions ask; allocates nothing.</summary>
    public static bool Match(ReadOnlySpan<byte> utf8, TagCondition[] conditions)
    {
        var missing = 0;
        foreach (var condition in conditions)
        {
            missing += condition.IsThere ? 1 : 0;
        }

        if (utf8.IsEmpty)
        {
            return missing == 0;
        }

        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = IndexOf(ref reader, conditions);
            reader.Read();
            if (index >= 0)
            {
                if (!conditions[index].IsThere || !HasOneOf(ref reader, conditions[index].Values))
                {
                    return false;
                }

                missing--;
            }
        }

        return missing == 0;
    }

    private static int IndexOf(ref Utf8JsonReader reader, TagCondition[] conditions)
    {
        for (var index = 0; index < conditions.Length; index++)
        {
            if (reader.ValueTextEquals(conditions[index].Name))
            {
                return index;
            }
        }

        return -1;
    }

    private static bool HasOneOf(ref Utf8JsonReader reader, byte[][]? values)
    {
        if (values is null)
        {
            return true;
        }

        foreach (var value in values)
        {
            if (reader.ValueTextEquals(value))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>What is asked of one tag, ready to be compared.</summary>
/// <param name="Name">UTF-8.</param>
/// <param name="IsThere">Whether the tag must be there, or must not.</param>
/// <param name="Values">UTF-8; one of them, or <see langword="null"/> for any value.</param>
internal sealed record TagCondition(byte[] Name, bool IsThere, byte[][]? Values)
{
    public static TagCondition Of(string name, TagMatch match) =>
        new(Encoding.UTF8.GetBytes(name), match.IsThere, match.Values?.Select(Encoding.UTF8.GetBytes).ToArray());
}
