using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Devices;

/// <summary>The rule for tags, of devices and in filters: names like ids but shorter, short values.</summary>
internal static class TagRules
{
    private const int MaxValues = 100;

    public static void Check(IReadOnlyDictionary<string, string> tags, string field, int maxTags, FieldErrors errors)
    {
        if (!CheckCount(tags.Count, field, maxTags, errors))
        {
            return;
        }

        foreach (var (name, value) in tags)
        {
            if (CheckName(name, field, errors))
            {
                FieldRules.CheckLength(value, $"{field}.{name}", DeviceRules.MaxTagValueLength, errors);
            }
        }
    }

    public static void CheckMatches(IReadOnlyDictionary<string, TagMatch> tags, string field, int maxTags, FieldErrors errors)
    {
        if (!CheckCount(tags.Count, field, maxTags, errors))
        {
            return;
        }

        foreach (var (name, match) in tags)
        {
            if (!CheckName(name, field, errors) || match.Values is not { } values)
            {
                continue;
            }

            if (values.Count is 0 or > MaxValues)
            {
                errors.Add($"{field}.{name}", "tag.values", $"Must name 1 to {MaxValues} values; it names {values.Count}.");
                continue;
            }

            foreach (var value in values)
            {
                FieldRules.CheckLength(value, $"{field}.{name}", DeviceRules.MaxTagValueLength, errors);
            }
        }
    }

    private static bool CheckCount(int count, string field, int maxTags, FieldErrors errors)
    {
        if (count <= maxTags)
        {
            return true;
        }

        errors.Add(field, "tags.tooMany", $"At most {maxTags} tags; there are {count}.");
        return false;
    }

    private static bool CheckName(string name, string field, FieldErrors errors)
    {
        if (name.Length <= DeviceRules.MaxTagNameLength && Identifier.IsValid(name))
        {
            return true;
        }

        errors.Add($"{field}.{name}", "tag.invalid", $"A tag's name has 1 to {DeviceRules.MaxTagNameLength} characters of A-Z a-z 0-9 . _ : ~ -.");
        return false;
    }
}
