using System.CommandLine;

namespace PushGateway.Server.Cli;

/// <summary>Configuration given on the command line of <c>serve</c> and <c>migrate</c>: any key, as <c>--Section:Key=value</c>.</summary>
internal static class SettingArguments
{
    /// <summary>Lets words pass that the command does not know; <see cref="Read"/> refuses those that are no settings.</summary>
    public static void AddTo(Command command) => command.TreatUnmatchedTokensAsErrors = false;

    /// <exception cref="CliException">A word is no setting, such as a misspelt command.</exception>
    public static string[] Read(ParseResult parsed)
    {
        foreach (var token in parsed.UnmatchedTokens)
        {
            if (!token.StartsWith("--", StringComparison.Ordinal) || !token.Contains('=', StringComparison.Ordinal))
            {
                throw new CliException($"'{token}' is neither a command nor a setting of the form --Key=value. Try: pushgateway --help", ExitCodes.Usage);
            }
        }

        return [.. parsed.UnmatchedTokens];
    }
}
