using PushGateway.Core;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api;

/// <summary>The rule for lists of channels that somebody may use: ids, or beginnings of ids that end in <c>*</c>.</summary>
internal static class ChannelPatterns
{
    public static void Check(IReadOnlyList<string>? patterns, string field, FieldErrors errors)
    {
        if (patterns?.Count > SubscriberGrant.MaxPatterns)
        {
            errors.Add(field, $"{field}.tooMany", $"At most {SubscriberGrant.MaxPatterns} channels; there are {patterns.Count}.");
        }
        else if (patterns?.FirstOrDefault(pattern => pattern != "*" && !Identifier.IsValid(pattern.EndsWith('*') ? pattern[..^1] : pattern)) is { } wrong)
        {
            errors.Add(field, "id.invalid", $"A channel has {Identifier.Rule}; it may be a beginning that ends in *. This is none: {wrong[..Math.Min(wrong.Length, Identifier.MaxLength)]}");
        }
    }
}
