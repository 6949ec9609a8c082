using System.Text.Json.Nodes;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Apns.Rendering;

/// <summary>Renders one event in one language for all its APNs devices.</summary>
internal static class ApnsRenderer
{
    // Read by the app's notification service extension, which mutable-content wakes to fetch the picture.
    private const string ImageKey = "imageUrl";
    private const string ApsKey = "aps";

    public static ApnsNotification Render(ApnsCredential? credential, PushEvent pushEvent, NotificationContent content)
    {
        var headers = ApnsHeaders.Create(credential?.BundleId, pushEvent, out var problem);
        var payload = CreatePayload(pushEvent, content, ref problem);
        if (pushEvent.Apns?.Payload is { } overrides)
        {
            problem ??= PayloadKeys.Check(overrides, "apns.payload");
            PayloadJson.Merge(payload, overrides);
        }

        payload[PayloadKeys.Event] = pushEvent.Id;

        if (payload[ApsKey] is not JsonObject)
        {
            problem ??= new RenderingProblem("payload.invalid", "apns.payload.aps", "Every payload has an object aps.");
        }

        var bytes = PayloadJson.Write(payload);
        if (bytes.Length > headers.PushType.LimitBytes)
        {
            problem ??= new RenderingProblem(
                "payload.tooLarge", "notification", $"The payload for APNs has {bytes.Length} bytes; the limit for {headers.PushType.Name} is {headers.PushType.LimitBytes}.");
        }

        return new ApnsNotification(headers.PushType, headers.ToList(), bytes) { HasOwnTopic = headers.HasOwnTopic, Problem = problem };
    }

    private static JsonObject CreatePayload(PushEvent pushEvent, NotificationContent content, ref RenderingProblem? problem)
    {
        var payload = new JsonObject { [ApsKey] = pushEvent.Options.Silent ? new JsonObject { ["content-available"] = 1 } : CreateAps(content) };
        if (content.ImageUrl is { } imageUrl && !pushEvent.Options.Silent)
        {
            payload[ImageKey] = imageUrl;
        }

        foreach (var (key, value) in pushEvent.Data)
        {
            if (key == ApsKey)
            {
                problem ??= new RenderingProblem("data.reserved", "data.aps", "Apple keeps the key aps for itself.");
                continue;
            }

            payload[key] = value;
        }

        problem ??= PayloadKeys.Check(payload, "data");
        return payload;
    }

    private static JsonObject CreateAps(NotificationContent content)
    {
        var aps = new JsonObject();
        if (content.Title is not null || content.Body is not null)
        {
            var alert = new JsonObject();
            Set(alert, "title", content.Title);
            Set(alert, "body", content.Body);
            aps["alert"] = alert;
        }

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

    private static void Set(JsonObject target, string name, string? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }
}
