using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PushGateway.Core.Events;

/// <summary>How payloads are put together and written, the same for every provider.</summary>
public static class PayloadJson
{
    // Payload limits count UTF-8 bytes, so nothing is escaped that need not be. No payload is ever put into HTML.
    private static readonly JsonWriterOptions s_writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lays a publisher's raw fields over what was rendered: JSON merge patch, RFC 7396.</summary>
    /// <remarks>Objects are merged member by member, <c>null</c> removes a member, anything else replaces.</remarks>
    /// <param name="target">Changed in place.</param>
    /// <param name="patch">Left as it is; what is taken over is copied.</param>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(patch);
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject members)
            {
                if (target[name] is not JsonObject nested)
                {
                    nested = [];
                    target[name] = nested;
                }

                Merge(nested, members);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }

    /// <summary>The shortest UTF-8 form: no white space, characters as they are. Half a surrogate pair becomes U+FFFD.</summary>
    public static byte[] Write(JsonObject json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, s_writerOptions))
        {
            json.WriteTo(writer);
        }

        return buffer.WrittenSpan.IndexOf("\\u"u8) < 0 ? buffer.WrittenSpan.ToArray() : Unescape(buffer.WrittenSpan);
    }

    /// <summary>Replaces <c>\uXXXX</c> by the character where JSON allows it: the platform's encoder escapes an emoji to 12 bytes instead of 4.</summary>
    private static byte[] Unescape(ReadOnlySpan<byte> json)
    {
        var result = new ArrayBufferWriter<byte>(json.Length);
        while (json.IndexOf((byte)'\\') is >= 0 and var escape)
        {
            result.Write(json[..escape]);
            json = json[escape..];
            if (TryReadEscape(json, out var rune, out var length))
            {
                result.Advance(rune.EncodeToUtf8(result.GetSpan(4)));
            }
            else
            {
                // An escape that is needed: both of its bytes, so that a backslash that stands for itself begins no other.
                length = 2;
                result.Write(json[..length]);
            }

            json = json[length..];
        }

        result.Write(json);
        return result.WrittenSpan.ToArray();
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> json, out Rune rune, out int length)
    {
        (rune, length) = (default, 6);
        if (!TryReadUnit(json, out var first))
        {
            return false;
        }

        if (char.IsHighSurrogate(first) && TryReadUnit(json[6..], out var second))
        {
            length = 12;
            return Rune.TryCreate(first, second, out rune);
        }

        return first >= ' ' && first is not ('"' or '\\') && Rune.TryCreate(first, out rune);
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> json, out char unit)
    {
        unit = default;
        if (json.Length < 6 || !json.StartsWith("\\u"u8) || !Utf8Parser.TryParse(json[2..6], out ushort value, out var read, 'x') || read != 4)
        {
            return false;
        }

        unit = (char)value;
        return true;
    }
}
