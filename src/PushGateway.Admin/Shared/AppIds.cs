using System.Text;
using PushGateway.Core;

namespace PushGateway.Admin.Shared;

/// <summary>An id for an app that somebody has only named.</summary>
internal static class AppIds
{
    private const int MaxLength = 40;

    public static string FromName(string name, Func<string, bool> isTaken)
    {
        var id = new StringBuilder();
        foreach (var character in name.Trim().ToLowerInvariant().Take(MaxLength))
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                id.Append(character);
            }
            else if (id.Length > 0 && id[^1] != '-')
            {
                id.Append('-');
            }
        }

        var text = id.ToString().Trim('-');
        text = Identifier.IsValid(text) ? text : "app";
        for (var number = 2; isTaken(text) && number < 1_000; number++)
        {
            text = $"{text.TrimEnd("-0123456789".ToCharArray())}-{number}";
        }

        return text;
    }
}
