using System.Buffers;
using System.Globalization;
using System.Text.Json;
using PushGateway.Core.FanOut;
using PushGateway.Core.Messaging;
using PushGateway.Core.Providers;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Webhooks;

/// <summary>What is sent to a webhook: several notices, in order. Members may be added, none renamed.</summary>
internal static class WebhookBody
{
    /// <summary>The same for the same notices, whenever they are sent: a receiver knows a repetition by it.</summary>
    public static string Id(Webhook webhook, IReadOnlyList<WebhookNotice> notices) =>
        string.Create(CultureInfo.InvariantCulture, $"msg_{webhook.Key}_{notices[0].Key}_{notices[^1].Key}_{notices.Count}");

    /// <param name="dropped">Notices given up so far because too many waited.</param>
    public static byte[] Write(string appId, Webhook webhook, IReadOnlyList<WebhookNotice> notices, long dropped, DateTimeOffset now) =>
        Write(json =>
        {
            WriteHead(json, appId, webhook, now);
            json.WriteNumber("dropped", dropped);
            json.WriteStartArray("notices");
            foreach (var notice in notices)
            {
                json.WriteStartObject();
                json.WriteString("id", NoticeId(webhook, notice));
                json.WriteString("type", WebhookNoticeNames.Of(notice.Kind)[0]);
                json.WriteString("timestamp", notice.At.UtcDateTime);
                json.WritePropertyName("data");
                json.WriteRawValue(notice.Data);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    /// <summary>One notice as a message of its own, with the id that it has among others in a request.</summary>
    public static BrokerNotice ToMessage(string appId, Webhook webhook, WebhookNotice notice, long dropped) =>
        ToMessage(appId, webhook, NoticeId(webhook, notice), WebhookNoticeNames.Of(notice.Kind)[0], notice.At, notice.Data, dropped);

    public static BrokerNotice ToTestMessage(string appId, Webhook webhook, DateTimeOffset now) =>
        ToMessage(appId, webhook, TestId(webhook, now), WebhookNoticeNames.Test, now, "{}"u8.ToArray(), 0);

    public static byte[] WriteTest(string appId, Webhook webhook, DateTimeOffset now) => Write(json =>
    {
        WriteHead(json, appId, webhook, now);
        json.WriteNumber("dropped", 0);
        json.WriteStartArray("notices");
        json.WriteStartObject();
        json.WriteString("id", TestId(webhook, now));
        json.WriteString("type", WebhookNoticeNames.Test);
        json.WriteString("timestamp", now.UtcDateTime);
        json.WriteStartObject("data");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    });

    public static byte[] ProviderStopped(ProviderHealth health) => Write(json =>
    {
        json.WriteString("provider", health.Provider.Name());
        json.WriteString("reason", health.Reason);
        json.WriteString("message", health.Message);
        WriteTime(json, "since", health.Since);
        WriteTime(json, "retryAt", health.RetryAt);
    });

    private static BrokerNotice ToMessage(string appId, Webhook webhook, string id, string type, DateTimeOffset at, byte[] data, long dropped) =>
        new(id, type, $"{type}.{appId}", at, Write(json =>
        {
            json.WriteString("id", id);
            json.WriteString("type", type);
            json.WriteString("timestamp", at.UtcDateTime);
            json.WriteString("app", appId);
            json.WriteString("webhook", webhook.Id);
            json.WriteNumber("dropped", dropped);
            json.WritePropertyName("data");
            json.WriteRawValue(data);
        }));

    private static string NoticeId(Webhook webhook, WebhookNotice notice) => string.Create(CultureInfo.InvariantCulture, $"ntc_{webhook.Key}_{notice.Key}");

    private static string TestId(Webhook webhook, DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"ntc_{webhook.Key}_test_{now.ToUnixTimeMilliseconds()}");

    private static void WriteHead(Utf8JsonWriter json, string appId, Webhook webhook, DateTimeOffset now)
    {
        json.WriteString("type", "notices");
        json.WriteString("timestamp", now.UtcDateTime);
        json.WriteString("app", appId);
        json.WriteString("webhook", webhook.Id);
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } time)
        {
            json.WriteString(name, time.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
