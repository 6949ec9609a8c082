using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Json;

/// <summary>Compares a JSON value with the record it is to become, and names every member that does not fit by its whole path.</summary>
/// <remarks>The deserializer itself stops at the first misfit. The records stay the only statement of the shape.</remarks>
internal static class JsonShape
{
    public const string UnknownField = "json.unknownField";
    public const string DuplicateField = "json.duplicateField";
    public const string WrongType = "json.wrongType";

    public static void Check(JsonElement element, JsonTypeInfo type, string path, FieldErrors errors)
    {
        if (type.Type == typeof(JsonObject))
        {
            if (Is(element, JsonValueKind.Object, path, "an object", errors))
            {
                CheckFreeForm(element, path, errors);
            }

            return;
        }

        if (type.Type == typeof(TagMatch))
        {
            CheckTagMatch(element, type, path, errors);
            return;
        }

        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(element, type, path, errors);
                break;
            case JsonTypeInfoKind.Enumerable:
                CheckList(element, type.Options.GetTypeInfo(type.ElementType!), path, errors);
                break;
            case JsonTypeInfoKind.Dictionary:
                CheckDictionary(element, type.Options.GetTypeInfo(type.ElementType!), path, errors);
                break;
            default:
                CheckScalar(element, type.Type, path, errors);
                break;
        }
    }

    private static void CheckObject(JsonElement element, JsonTypeInfo type, string path, FieldErrors errors)
    {
        if (!Is(element, JsonValueKind.Object, path, "an object", errors))
        {
            return;
        }

        foreach (var member in Members(element, path, errors))
        {
            var memberPath = Join(path, member.Name);
            if (type.Properties.FirstOrDefault(property => property.Name == member.Name) is not { } known)
            {
                errors.Add(memberPath, UnknownField, "There is no such field.");
            }
            else if (member.Value.ValueKind != JsonValueKind.Null)
            {
                Check(member.Value, type.Options.GetTypeInfo(known.PropertyType), memberPath, errors);
            }
        }
    }

    private static void CheckDictionary(JsonElement element, JsonTypeInfo valueType, string path, FieldErrors errors)
    {
        if (!Is(element, JsonValueKind.Object, path, "an object", errors))
        {
            return;
        }

        foreach (var member in Members(element, path, errors))
        {
            Check(member.Value, valueType, Join(path, member.Name), errors);
        }
    }

    private static void CheckList(JsonElement element, JsonTypeInfo itemType, string path, FieldErrors errors)
    {
        if (!Is(element, JsonValueKind.Array, path, "an array", errors))
        {
            return;
        }

        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            Check(item, itemType, $"{path}[{index++}]", errors);
        }
    }

    private static void CheckScalar(JsonElement element, Type type, string path, FieldErrors errors)
    {
        var scalar = Nullable.GetUnderlyingType(type) ?? type;
        var (fits, expected) = scalar switch
        {
            _ when scalar == typeof(string) => (element.ValueKind == JsonValueKind.String, "a string"),
            _ when scalar == typeof(bool) => (element.ValueKind is JsonValueKind.True or JsonValueKind.False, "true or false"),
            _ when scalar == typeof(int) => (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out _), "a whole number"),
            _ when scalar == typeof(long) => (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out _), "a whole number"),
            _ => throw new NotSupportedException($"Requests have no fields of type {type}."),
        };
        if (!fits)
        {
            errors.Add(path, WrongType, $"Must be {expected}.");
        }
    }

    private static void CheckTagMatch(JsonElement element, JsonTypeInfo type, string path, FieldErrors errors)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            CheckList(element, type.Options.GetTypeInfo(typeof(string)), path, errors);
        }
        else if (element.ValueKind is not (JsonValueKind.String or JsonValueKind.True or JsonValueKind.False))
        {
            errors.Add(path, WrongType, "Must be a string, an array of strings, true or false.");
        }
    }

    private static void CheckFreeForm(JsonElement element, string path, FieldErrors errors)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in Members(element, path, errors))
            {
                CheckFreeForm(member.Value, Join(path, member.Name), errors);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                CheckFreeForm(item, $"{path}[{index++}]", errors);
            }
        }
    }

    /// <summary>The members, after the names that come twice have been reported: readers of JSON differ in which of the two counts.</summary>
    private static IEnumerable<JsonProperty> Members(JsonElement element, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (seen.Add(member.Name))
            {
                yield return member;
            }
            else
            {
                errors.Add(Join(path, member.Name), DuplicateField, "The field is given twice.");
            }
        }
    }

    private static bool Is(JsonElement element, JsonValueKind kind, string path, string expected, FieldErrors errors)
    {
        if (element.ValueKind == kind)
        {
            return true;
        }

        errors.Add(path.Length == 0 ? JsonText.Root : path, WrongType, $"Must be {expected}.");
        return false;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
