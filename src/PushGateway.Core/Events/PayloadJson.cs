using System.Buffers;
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

        return buffer.WrittenSpan.ToArray();
    }
}
