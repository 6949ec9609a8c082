using System.CommandLine;
using System.Globalization;
using PushGateway.Client.Devices;
using PushGateway.Server.Cli.Output;

namespace PushGateway.Server.Cli;

/// <summary><c>import FILE</c>: registers the devices of a file.</summary>
internal static class ImportCommand
{
    private const string StandardInput = "-";

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "NDJSON, or CSV when its name ends in .csv; - for standard input" };
        var format = new Option<ImportFormat?>("--format") { Description = "ndjson or csv, when the name does not tell", HelpName = "format" };
        var fromLine = new Option<long>("--from-line") { Description = "The first line that counts, from 1: goes on with an import that was broken off", HelpName = "n", DefaultValueFactory = _ => 1 };
        fromLine.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && (!long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var line) || line < 1))
            {
                result.AddError("--from-line is the number of a line, counted from 1.");
            }
        });
        var errors = new Option<string?>("--errors") { Description = "A file for every rejected line, up to 1,000,000: number, code and reason as NDJSON. Written over when the import has ended", HelpName = "file" };
        var app = AppOption.Create();
        var connection = new ConnectionOptions();
        var command = new Command("import", "Register devices from a file, one a line. Exit status 0 only when no line was rejected.") { file, app, format, fromLine, errors };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            using var gateway = connection.OpenForStreams(parsed, terminal);
            await using var source = path == StandardInput ? terminal.OpenInput() : File.OpenRead(path);
            var client = gateway.Client.App(parsed.GetRequiredValue(app));
            // While the source is open: should they be the same file, the system says so before anything is written over.
            await using var rejected = parsed.GetValue(errors) is { } errorsPath ? new RejectedLineFile(errorsPath) : null;
            var summary = await ProgressDisplay.RunAsync(terminal, "Importing", async line =>
            {
                await using var lines = new MeteredStream(source, terminal.Time, line);
                var (form, from) = (parsed.GetValue(format) ?? FormatOf(path), parsed.GetValue(fromLine));
                return rejected is null
                    ? await client.ImportAsync(lines, form, from, cancellationToken)
                    : await client.ImportAsync(lines, form, from, rejected.WriteAsync, cancellationToken);
            });
            rejected?.End();
            return await WriteAsync(terminal, rejected is null ? summary : summary with { Errors = rejected.First });
        });
        return command;
    }

    private static ImportFormat FormatOf(string path) =>
        Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? ImportFormat.Csv : ImportFormat.Ndjson;

    private static async Task<int> WriteAsync(Terminal terminal, ImportSummary summary)
    {
        await terminal.Output.WriteLineAsync(
            $"{summary.Received:N0} received: {summary.Created:N0} created, {summary.Updated:N0} updated, {summary.Unchanged:N0} unchanged, {summary.Rejected:N0} rejected");
        if (summary.Rejected == 0)
        {
            return ExitCodes.Success;
        }

        foreach (var error in summary.Errors)
        {
            await terminal.Error.WriteLineAsync($"line {error.Line}: {error.Code}: {error.Detail}");
        }

        if (summary.Rejected > summary.Errors.Count)
        {
            await terminal.Error.WriteLineAsync($"and {summary.Rejected - summary.Errors.Count:N0} more");
        }

        return ExitCodes.Failure;
    }
}
