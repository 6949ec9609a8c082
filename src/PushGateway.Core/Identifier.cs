namespace PushGateway.Core;

/// <summary>The rule for ids that callers choose: apps, devices, subscribers, channels, idempotency keys.</summary>
/// <remarks>1 to 128 characters of <c>A-Z a-z 0-9 . _ : ~ -</c>, compared by ordinal. All of them are legal in a URL path segment.</remarks>
public static class Identifier
{
    public const int MaxLength = 128;

    /// <summary>What the rule says, for error messages.</summary>
    public const string Rule = "1 to 128 characters of A-Z a-z 0-9 . _ : ~ -";

    public static bool IsValid(string? text)
    {
        if (text is not { Length: > 0 and <= MaxLength })
        {
            return false;
        }

        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or ':' or '~' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
