namespace PushGateway.Server.Api.Devices;

/// <summary>The form of IANA time zone ids. Only the form: zones newer than this machine's list are zones all the same.</summary>
internal static class TimeZoneName
{
    public const string Rule = "Must be an IANA time zone id such as Europe/Madrid or UTC, at most 64 characters.";

    private const int MaxLength = 64;

    public static bool IsValid(string text)
    {
        if (text.Length is 0 or > MaxLength || !char.IsAsciiLetter(text[0]))
        {
            return false;
        }

        var previous = '\0';
        foreach (var character in text)
        {
            if ((character == '/' && previous == '/') || (!char.IsAsciiLetterOrDigit(character) && character is not ('/' or '_' or '-' or '+')))
            {
                return false;
            }

            previous = character;
        }

        return previous != '/';
    }
}
