using System.CommandLine;
using System.CommandLine.Parsing;

namespace PushGateway.Server.Cli;

/// <summary>The commands of the executable.</summary>
internal static class CommandLine
{
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var parsed = Create(terminal).Parse(args);
        var errors = UsageErrors(parsed);
        if (errors.Count > 0)
        {
            await WriteUsageErrorsAsync(parsed, errors, terminal);
            return ExitCodes.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            // Failures are worded by FailureReport, and signals belong to Interruption, which lets a command drain for as long as it needs.
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, terminal.Interruption.Token);
        }
        catch (OperationCanceledException) when (terminal.Interruption.Token.IsCancellationRequested)
        {
            await terminal.Error.WriteLineAsync("Interrupted.");
            return terminal.Interruption.ExitCode;
        }
        catch (Exception exception)
        {
            return await FailureReport.WriteAsync(exception, terminal.Error);
        }
    }

    private static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("PushGateway: one event in, one notification per device out, through APNs and FCM. Without a command it serves.");
        root.Subcommands.Add(ServeCommand.Create());
        root.Subcommands.Add(DemoCommand.Create(terminal));
        root.Subcommands.Add(SimulateCommand.Create(terminal));
        root.Subcommands.Add(ImportCommand.Create(terminal));
        root.Subcommands.Add(PublishCommand.Create(terminal));
        root.Subcommands.Add(WatchCommand.Create(terminal));
        root.Subcommands.Add(SubscriberCommand.Create(terminal));
        root.Subcommands.Add(KeysCommand.Create(terminal));
        root.Subcommands.Add(MigrateCommand.Create(terminal));
        root.Subcommands.Add(BackupCommand.Create(terminal));
        root.Subcommands.Add(RestoreCommand.Create(terminal));
        root.Subcommands.Add(HealthCommand.Create(terminal));
        ServeCommand.MakeDefaultOf(root);
        return root;
    }

    private static List<string> UsageErrors(ParseResult parsed)
    {
        List<string> errors = [.. parsed.Errors.Select(error => error.Message.ReplaceLineEndings(" "))];
        // The parser lets unknown words pass for every command once the root takes settings, so the others refuse them here.
        if (errors.Count == 0 && parsed.CommandResult.Command.TreatUnmatchedTokensAsErrors)
        {
            errors.AddRange(parsed.UnmatchedTokens.Select(token => $"'{token}' is no option or argument of this command."));
        }

        return errors;
    }

    private static async Task WriteUsageErrorsAsync(ParseResult parsed, List<string> errors, Terminal terminal)
    {
        foreach (var error in errors)
        {
            await terminal.Error.WriteLineAsync($"error: {error}");
        }

        var path = string.Join(' ', PathOf(parsed.CommandResult).Reverse());
        await terminal.Error.WriteLineAsync($"Try: {path} --help");
    }

    private static IEnumerable<string> PathOf(SymbolResult? result)
    {
        for (; result is CommandResult command; result = command.Parent)
        {
            yield return command.Command is RootCommand ? "pushgateway" : command.Command.Name;
        }
    }
}
