using PushGateway.Core;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api;

/// <summary>The rules that fields of several requests share.</summary>
internal static class FieldRules
{
    private const int MaxNameLength = 200;

    /// <summary>A name for people, in lists and logs.</summary>
    public static bool RequireName(string? text, string field, FieldErrors errors)
    {
        if (!RequireText(text, field, MaxNameLength, errors))
        {
            return false;
        }

        if (text!.Any(char.IsControl))
        {
            errors.Add(field, "name.invalid", "Must have no line breaks or other control characters.");
            return false;
        }

        return true;
    }

    public static bool RequireText(string? text, string field, int maxLength, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            errors.Add(field, "field.missing", "Must be given.");
            return false;
        }

        return CheckLength(text, field, maxLength, errors);
    }

    public static bool CheckLength(string? text, string field, int maxLength, FieldErrors errors)
    {
        if (text is null || text.Length <= maxLength)
        {
            return true;
        }

        errors.Add(field, "field.tooLong", $"Must have at most {maxLength} characters; it has {text.Length}.");
        return false;
    }

    public static bool RequireId(string? text, string field, FieldErrors errors)
    {
        if (Identifier.IsValid(text))
        {
            return true;
        }

        errors.Add(field, text is null ? "field.missing" : "id.invalid", text is null ? "Must be given." : $"Must have {Identifier.Rule}.");
        return false;
    }
}
