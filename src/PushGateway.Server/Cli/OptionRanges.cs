using System.CommandLine;
using System.CommandLine.Parsing;

namespace PushGateway.Server.Cli;

/// <summary>Ranges of numeric options.</summary>
internal static class OptionRanges
{
    /// <summary>Refuses numbers outside; what is no number at all the parser refuses by itself.</summary>
    public static void AcceptOnlyBetween(this Option option, long lowest, long highest) => option.Validators.Add(result =>
    {
        if (GivenNumber(result) is { } number && (number < lowest || number > highest))
        {
            result.AddError(highest is long.MaxValue or int.MaxValue
                ? $"{option.Name} must be {lowest} or more."
                : $"{option.Name} must be from {lowest} to {highest}.");
        }
    });

    private static long? GivenNumber(OptionResult result) =>
        result.Tokens is [var token] && long.TryParse(token.Value, out var number) ? number : null;
}
