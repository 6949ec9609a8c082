using PushGateway.Core;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Devices;

/// <summary>The rule for tags, of devices and in filters: names like ids but shorter, short values.</summary>
internal static class TagRules
{
    public static void Check(IReadOnlyDictionary<string, string> tags, string field, int maxTags, FieldErrors errors)
    {
        if (tags.Count > maxTags)
        {
            errors.Add(field, "tags.tooMany", $"At most {maxTags} tags; there are {tags.Count}.");
            return;
        }

        foreach (var (name, value) in tags)
        {
            if (name.Length > DeviceRules.MaxTagNameLength || !Identifier.IsValid(name))
            {
                errors.Add($"{field}.{name}", "tag.invalid", $"A tag's name has 1 to {DeviceRules.MaxTagNameLength} characters of A-Z a-z 0-9 . _ : ~ -.");
            }
            else
            {
                FieldRules.CheckLength(value, $"{field}.{name}", DeviceRules.MaxTagValueLength, errors);
            }
        }
    }
}
