namespace PushGateway.Core;

/// <summary>The rule for ids that callers choose: apps, devices, subscribers, channels, idempotency keys.</summary>
/// <remarks>1 to 128 characters of <c>A-Z a-z 0-9 . _ : ~ -</c>, compared by ordinal, but neither <c>.</c> nor <c>..</c>: those are never
/// part of an address (RFC 3986, section 5.2.4), and whoever put one there would reach what stands above. All others are legal in a URL path segment.</remarks>
public static class Identifier
{
    public const int MaxLength = 128;

    /// <summary>What the rule says, for error messages.</summary>
    public const string Rule = "1 to 128 characters of A-Z a-z 0-9 . _ : ~ -, other than . and .. alone";

    public static bool IsValid(string? text)
    {
        if (text is not { Length: > 0 and <= MaxLength } or "." or "..")
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
