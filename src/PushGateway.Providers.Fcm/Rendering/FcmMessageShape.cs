using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Fcm.Rendering;

/// <summary>The fields of a message and their types, as Google's description of HTTP v1 has them: one misspelt would have every device answer 400.</summary>
internal static class FcmMessageShape
{
    private enum Kind
    {
        /// <summary>An object with the fields named here and no others.</summary>
        Closed,

        /// <summary>An object of the publisher's own, or of another protocol.</summary>
        Open,
        Text,
        Texts,
        Bool,
        Number,

        /// <summary>A name, or its number.</summary>
        Enum,
    }

    private static readonly FrozenDictionary<string, Kind> s_kinds = Describe(
        (Kind.Closed, string.Empty, "notification fcm_options android apns"),
        (Kind.Open, string.Empty, "data webpush android_v2"),
        (Kind.Text, "notification.", "title body image"),
        (Kind.Text, "fcm_options.", "analytics_label"),
        (Kind.Text, "android.", "collapse_key priority ttl restricted_package_name fcm_options.analytics_label"),
        (Kind.Bool, "android.", "direct_boot_ok bandwidth_constrained_ok restricted_satellite_ok"),
        (Kind.Closed, "android.", "notification fcm_options notification.light_settings notification.light_settings.color"),
        (Kind.Open, "android.", "data"),
        (Kind.Text, "android.notification.", "title body icon color sound tag click_action body_loc_key title_loc_key channel_id ticker event_time image"),
        (Kind.Texts, "android.notification.", "body_loc_args title_loc_args vibrate_timings"),
        (Kind.Bool, "android.notification.", "sticky local_only default_sound default_vibrate_timings default_light_settings bypass_proxy_notification"),
        (Kind.Enum, "android.notification.", "notification_priority visibility proxy"),
        (Kind.Number, "android.notification.", "notification_count"),
        (Kind.Text, "android.notification.light_settings.", "light_on_duration light_off_duration"),
        (Kind.Number, "android.notification.light_settings.color.", "red green blue alpha"),
        (Kind.Open, "apns.", "headers payload"),
        (Kind.Text, "apns.", "live_activity_token fcm_options.analytics_label fcm_options.image"),
        (Kind.Closed, "apns.", "fcm_options"));

    /// <returns>The first field that does not fit, or <see langword="null"/>.</returns>
    public static RenderingProblem? Check(JsonObject message) => Check(message, string.Empty);

    private static RenderingProblem? Check(JsonObject members, string prefix)
    {
        foreach (var (name, value) in members)
        {
            var path = prefix + name;
            if (!s_kinds.TryGetValue(path, out var kind))
            {
                return new RenderingProblem("message.unknownField", "fcm." + path, $"An FCM message has no field {path}.");
            }

            if (Rule(kind, value) is { } rule)
            {
                return new RenderingProblem("message.invalid", "fcm." + path, $"fcm.{path} is {rule}.");
            }

            if (kind == Kind.Closed && Check((JsonObject)value!, path + ".") is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <returns>What the value has to be, when it is not.</returns>
    private static string? Rule(Kind kind, JsonNode? value)
    {
        var type = value?.GetValueKind() ?? JsonValueKind.Null;
        return kind switch
        {
            Kind.Closed or Kind.Open => type == JsonValueKind.Object ? null : "an object",
            Kind.Text => type == JsonValueKind.String ? null : "a text",
            Kind.Texts => value is JsonArray items && items.All(item => item?.GetValueKind() == JsonValueKind.String) ? null : "a list of texts",
            Kind.Bool => type is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            Kind.Number => type == JsonValueKind.Number ? null : "a number",
            _ => type is JsonValueKind.String or JsonValueKind.Number ? null : "one of Google's names for it",
        };
    }

    private static FrozenDictionary<string, Kind> Describe(params ReadOnlySpan<(Kind Kind, string Prefix, string Names)> rows)
    {
        var kinds = new Dictionary<string, Kind>(StringComparer.Ordinal);
        foreach (var (kind, prefix, names) in rows)
        {
            foreach (var name in names.Split(' '))
            {
                kinds.Add(prefix + name, kind);
            }
        }

        return kinds.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
