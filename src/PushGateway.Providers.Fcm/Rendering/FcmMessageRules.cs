using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Fcm.Rendering;

/// <summary>Google's rules for a message, as far as breaking them would have every device answer 400.</summary>
internal static class FcmMessageRules
{
    /// <returns>The first rule broken, or <see langword="null"/>.</returns>
    public static RenderingProblem? Check(JsonObject message) =>
        FcmMessageShape.Check(message) ?? CheckData(message["data"], "data") ?? CheckAndroid(message["android"]) ??
        CheckTexts(message["apns"]?["headers"], "fcm.apns.headers") ??
        PayloadKeys.Check(message["apns"]?["payload"], "fcm.apns.payload") ?? PayloadKeys.Check(message["webpush"]?["data"], "fcm.webpush.data");

    private static RenderingProblem? CheckData(JsonNode? data, string field)
    {
        foreach (var (key, _) in data as JsonObject ?? [])
        {
            if (key is "from" or "message_type" || key.StartsWith("google.", StringComparison.Ordinal) || key.StartsWith("gcm.notification.", StringComparison.Ordinal))
            {
                return new RenderingProblem(
                    "data.reserved", $"{field}.{key}", "FCM keeps from, message_type and keys that begin with google. or gcm.notification. for itself.");
            }
        }

        return PayloadKeys.Check(data, field) ?? CheckTexts(data, field);
    }

    private static RenderingProblem? CheckAndroid(JsonNode? android)
    {
        if (android is null)
        {
            return null;
        }

        if (android["ttl"] is { } ttl && !IsTtl(ttl))
        {
            return Invalid("fcm.android.ttl", $"""is a text such as "3600s", 0 to {EventOptions.MaxTtl.TotalSeconds:0} seconds""");
        }

        if (android["priority"] is { } priority &&
            !(TextOf(priority) is { } text && (text.Equals("HIGH", StringComparison.OrdinalIgnoreCase) || text.Equals("NORMAL", StringComparison.OrdinalIgnoreCase))))
        {
            return Invalid("fcm.android.priority", "is HIGH or NORMAL");
        }

        return CheckData(android["data"], "fcm.android.data");
    }

    private static RenderingProblem? CheckTexts(JsonNode? map, string field)
    {
        if (map is not null and not JsonObject)
        {
            return Invalid(field, "is an object");
        }

        foreach (var (key, value) in map as JsonObject ?? [])
        {
            if (TextOf(value) is null)
            {
                return Invalid($"{field}.{key}", "is a text");
            }
        }

        return null;
    }

    private static bool IsTtl(JsonNode ttl) =>
        TextOf(ttl) is [.. var seconds, 's'] &&
        decimal.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) &&
        value >= 0 && value <= (decimal)EventOptions.MaxTtl.TotalSeconds;

    private static string? TextOf(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static RenderingProblem Invalid(string field, string rule) => new("message.invalid", field, $"{field} {rule}.");
}
