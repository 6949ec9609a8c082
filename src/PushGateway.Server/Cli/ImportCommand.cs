using System.CommandLine;
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
        var app = AppOption.Create();
        var connection = new ConnectionOptions();
        var command = new Command("import", "Register devices from a file, one a line. Exit status 0 only when no line was rejected.") { file, app, format };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            using var gateway = connection.OpenForStreams(parsed, terminal);
            await using var source = path == StandardInput ? terminal.OpenInput() : File.OpenRead(path);
            var client = gateway.Client.App(parsed.GetRequiredValue(app));
            var summary = await ProgressDisplay.RunAsync(terminal, "Importing", async line =>
            {
                await using var lines = new MeteredStream(source, terminal.Time, line);
                return await client.ImportAsync(lines, parsed.GetValue(format) ?? FormatOf(path), cancellationToken);
            });
            return await WriteAsync(terminal, summary);
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
