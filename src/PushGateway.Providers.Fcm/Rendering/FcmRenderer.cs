using System.Globalization;
using System.Text.Json.Nodes;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm.Rendering;

/// <summary>Renders one event in one language for all its FCM devices, Android and, through Firebase, iOS.</summary>
internal static class FcmRenderer
{
    private const int MaxApnsCollapseIdBytes = 64;

    public static FcmNotification Render(PushEvent pushEvent, NotificationContent content, DateTimeOffset now)
    {
        RenderingProblem? problem = null;
        if (pushEvent.Options.Ttl < TimeSpan.Zero || pushEvent.Options.Ttl > EventOptions.MaxTtl)
        {
            problem = new RenderingProblem("ttl.outOfRange", "options.ttlSeconds", $"The TTL is 0 to {EventOptions.MaxTtl.TotalSeconds:0} seconds; FCM keeps nothing longer.");
        }

        var message = CreateMessage(pushEvent, content, now);
        if (pushEvent.Fcm is { } overrides)
        {
            FcmOverrides.Merge(message, overrides, ref problem);
        }

        problem ??= FcmMessageRules.Check(message);
        FcmEventId.Put(message, pushEvent.Id);
        var bytes = PayloadJson.Write(message);
        if (FcmNotification.SizeOf(bytes) is > FcmNotification.MaxBytes and var size)
        {
            problem ??= new RenderingProblem(
                "payload.tooLarge", "notification", $"The message for FCM has {size} bytes without the token; the limit is {FcmNotification.MaxBytes}.");
        }

        return new FcmNotification(bytes) { Problem = problem };
    }

    private static JsonObject CreateMessage(PushEvent pushEvent, NotificationContent content, DateTimeOffset now)
    {
        var isSilent = pushEvent.Options.Silent;
        var message = new JsonObject();
        if (!isSilent && CreateNotification(content) is { Count: > 0 } notification)
        {
            message["notification"] = notification;
        }

        if (pushEvent.Data.Count > 0)
        {
            var data = new JsonObject();
            foreach (var (key, value) in pushEvent.Data)
            {
                data[key] = value;
            }

            message["data"] = data;
        }

        message["android"] = CreateAndroid(pushEvent, content, now);
        message["apns"] = CreateApns(pushEvent, content);
        return message;
    }

    private static JsonObject CreateNotification(NotificationContent content)
    {
        var notification = new JsonObject();
        Set(notification, "title", content.Title);
        Set(notification, "body", content.Body);
        Set(notification, "image", content.ImageUrl);
        return notification;
    }

    private static JsonObject CreateAndroid(PushEvent pushEvent, NotificationContent content, DateTimeOffset now)
    {
        var android = new JsonObject
        {
            ["collapse_key"] = pushEvent.CollapseId,
            ["priority"] = IsHigh(pushEvent.Options) ? "HIGH" : "NORMAL",
            ["ttl"] = TtlOf(pushEvent, now),
        };
        if (!pushEvent.Options.Silent)
        {
            // The tag makes a second copy replace the first one on the screen; the collapse key only does so while both wait at Google.
            var notification = new JsonObject { ["tag"] = pushEvent.CollapseId };
            Set(notification, "sound", content.Sound);

            // A count of 0 is not told from an absent one: Android has no way to clear a badge from afar.
            if (content.Badge is > 0)
            {
                notification["notification_count"] = content.Badge;
            }

            android["notification"] = notification;
        }

        return android;
    }

    private static JsonObject CreateApns(PushEvent pushEvent, NotificationContent content)
    {
        var isSilent = pushEvent.Options.Silent;
        var headers = new JsonObject
        {
            ["apns-expiration"] = pushEvent.Options.Ttl == TimeSpan.Zero ? "0" : pushEvent.Expiration.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["apns-priority"] = isSilent || pushEvent.Options.Priority == EventPriority.Bulk ? "5" : "10",
        };
        if (pushEvent.CollapseId.Length <= MaxApnsCollapseIdBytes && HeaderBlock.IsValue(pushEvent.CollapseId))
        {
            headers["apns-collapse-id"] = pushEvent.CollapseId;
        }

        var apns = new JsonObject { ["headers"] = headers };
        if (isSilent)
        {
            headers["apns-push-type"] = "background";
            apns["payload"] = new JsonObject { ["aps"] = new JsonObject { ["content-available"] = 1 } };
        }
        else if (CreateAps(content) is { Count: > 0 } aps)
        {
            apns["payload"] = new JsonObject { ["aps"] = aps };
        }

        return apns;
    }

    /// <summary>What Firebase does not take from <c>notification</c> by itself.</summary>
    private static JsonObject CreateAps(NotificationContent content)
    {
        var aps = new JsonObject();
        Set(aps, "sound", content.Sound);
        if (content.Badge is { } badge)
        {
            aps["badge"] = badge;
        }

        Set(aps, "thread-id", content.ThreadId);
        Set(aps, "category", content.Category);
        if (content.ImageUrl is not null)
        {
            aps["mutable-content"] = 1;
        }

        return aps;
    }

    /// <summary>HIGH wakes a sleeping device. Google's own default is the same: high for what is shown, normal for data.</summary>
    private static bool IsHigh(EventOptions options) => options.Silent ? options.Priority == EventPriority.High : options.Priority != EventPriority.Bulk;

    /// <summary>What is left of the TTL now, so that an event sent late does not outlive its expiration at Google.</summary>
    private static string TtlOf(PushEvent pushEvent, DateTimeOffset now)
    {
        var ttl = pushEvent.Options.Ttl;
        var left = pushEvent.Expiration - now;
        var seconds = Math.Ceiling((left < ttl ? left : ttl).TotalSeconds);
        return Math.Max(0, seconds).ToString("0", CultureInfo.InvariantCulture) + "s";
    }

    private static void Set(JsonObject target, string name, string? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }
}
