using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using PushGateway.Core.Events;

namespace PushGateway.Core.Live;

/// <summary>The form in which a live message is kept and sent, on every transport the same bytes. One line: no byte of it is a line break.</summary>
public static class LiveMessageJson
{
    // The text stands in JSON, never in a page.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Serialize(LiveMessage message, long sequence)
    {
        ArgumentNullException.ThrowIfNull(message);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString("id", message.Id);
            writer.WriteNumber("sequence", sequence);
            writer.WriteString("channel", message.Channel);
            writer.WriteString("type", message.Type);
            if (message.Notification is { } notification)
            {
                Write(writer, notification);
            }

            writer.WriteStartObject("data");
            foreach (var (name, value) in message.Data)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            if (message.Sender is { } sender)
            {
                writer.WriteString("sender", sender);
            }

            if (message.AwaitsConfirmation)
            {
                writer.WriteBoolean("confirm", true);
            }

            writer.WriteString("time", message.SentAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, NotificationContent content)
    {
        writer.WriteStartObject("notification");
        WriteText("title", content.Title);
        WriteText("body", content.Body);
        WriteText("imageUrl", content.ImageUrl);
        WriteText("sound", content.Sound);
        if (content.Badge is { } badge)
        {
            writer.WriteNumber("badge", badge);
        }

        WriteText("threadId", content.ThreadId);
        WriteText("category", content.Category);
        writer.WriteEndObject();

        void WriteText(string name, string? value)
        {
            if (value is not null)
            {
                writer.WriteString(name, value);
            }
        }
    }
}
