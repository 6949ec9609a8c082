using System.Text.Json.Nodes;

namespace PushGateway.Server.Tests.Api;

/// <summary>Good requests, to be sent or to be spoiled.</summary>
internal static class Samples
{
    public static string ApnsToken(int number = 1) => number.ToString("x8") + new string('a', 56);

    public static JsonObject ApnsDevice(int number = 1) => new() { ["provider"] = "apns", ["token"] = ApnsToken(number) };

    public static JsonObject Event(string channel = "news") => new()
    {
        ["type"] = "video.published",
        ["audience"] = new JsonObject { ["channel"] = channel },
        ["notification"] = new JsonObject { ["title"] = "New video", ["body"] = "Watch it now" },
        ["data"] = new JsonObject { ["videoId"] = "abc" },
    };

    /// <summary>Every member of the contract at once.</summary>
    public static JsonObject FullEvent() => JsonNode.Parse("""
        {
          "type": "video.published",
          "audience": { "channels": ["news", "sport"] },
          "filter": { "providers": ["apns", "fcm"], "locales": ["en", "es-MX"], "tags": { "plan": "pro", "tier": ["a", "b"], "beta": true, "old": false },
            "timeZones": ["Europe/Madrid"], "appVersion": { "from": "2.1", "to": "3.0" },
            "lastSeen": { "withinDays": 30, "after": "2020-01-01T00:00:00Z", "before": "2040-01-01T00:00:00Z" } },
          "notification": {
            "title": "New video", "body": "Watch it now", "imageUrl": "https://example.com/a.png", "sound": "default",
            "badge": 1, "threadId": "videos", "category": "VIDEO"
          },
          "localizations": { "es": { "title": "Nuevo vídeo", "body": "Míralo" } },
          "data": { "videoId": "abc" },
          "options": {
            "priority": "high", "ttlSeconds": 3600, "collapseId": "video-1", "sendAt": "2020-01-01T00:00:00Z",
            "maxRatePerSecond": 5000, "silent": false, "resendUnknown": false, "localTime": "18:00", "timeZone": "Europe/Madrid",
            "ignoreQuietHours": true, "ignoreCap": true
          },
          "apns": { "headers": { "apns-priority": "5" }, "payload": { "extra": 1 } },
          "fcm": { "android": { "ttl": "60s" } }
        }
        """)!.AsObject();

    /// <summary>An event that waits until it is cancelled, whatever the machine does.</summary>
    public static JsonObject ScheduledEvent(TimeProvider timeProvider)
    {
        var sample = Event();
        sample["options"] = new JsonObject { ["sendAt"] = timeProvider.GetUtcNow().AddDays(1).ToString("O") };
        return sample;
    }
}
