using System.Text;
using System.Text.Json.Nodes;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Providers.Fcm.Rendering;

/// <summary>A publisher's raw message fields: checked, brought to one spelling, merged.</summary>
internal static class FcmOverrides
{
    private static readonly string[] s_fields = ["data", "notification", "fcm_options", "android", "apns", "webpush", "android_v2"];

    // Whom a message goes to is the audience's business.
    private static readonly string[] s_targets = ["token", "fid", "topic", "condition", "name"];

    // Inside these, names are the publisher's own, or of another protocol, and stay as they are.
    private static readonly string[] s_opaque = ["data", "headers", "payload", "webpush"];

    public static void Merge(JsonObject message, JsonObject overrides, ref RenderingProblem? problem)
    {
        var patch = ToSnakeCase(overrides);
        foreach (var (name, _) in patch)
        {
            if (s_targets.Contains(name, StringComparer.Ordinal))
            {
                problem ??= new RenderingProblem("message.forbiddenField", "fcm." + name, "The gateway sets the target of each message.");
            }
            else if (!s_fields.Contains(name, StringComparer.Ordinal))
            {
                problem ??= new RenderingProblem("message.unknownField", "fcm." + name, $"An FCM message has the fields {string.Join(", ", s_fields)}.");
            }
        }

        foreach (var name in patch.Select(member => member.Key).Except(s_fields, StringComparer.Ordinal).ToList())
        {
            patch.Remove(name);
        }

        PayloadJson.Merge(message, patch);
    }

    /// <summary>FCM takes both spellings, but a field given in both is an error: <c>collapseKey</c> becomes <c>collapse_key</c>.</summary>
    private static JsonObject ToSnakeCase(JsonObject source)
    {
        var result = new JsonObject();
        foreach (var (name, value) in source)
        {
            var field = ToSnakeCase(name);
            result[field] = value is JsonObject members && !s_opaque.Contains(field, StringComparer.Ordinal) ? ToSnakeCase(members) : value?.DeepClone();
        }

        return result;
    }

    private static string ToSnakeCase(string name)
    {
        if (!name.Any(char.IsAsciiLetterUpper))
        {
            return name;
        }

        var result = new StringBuilder(name.Length + 4);
        foreach (var character in name)
        {
            if (char.IsAsciiLetterUpper(character))
            {
                result.Append('_').Append(char.ToLowerInvariant(character));
            }
            else
            {
                result.Append(character);
            }
        }

        return result.ToString();
    }
}
