using System.CommandLine;
using System.Text;
using PushGateway.Client;

namespace PushGateway.Server.Cli;

/// <summary><c>subscriber export|delete</c>: what a person may ask for.</summary>
internal static class SubscriberCommand
{
    public static Command Create(Terminal terminal) =>
        new("subscriber", "Hand out or delete all that is kept of a subscriber.") { CreateExport(terminal), CreateDelete(terminal) };

    private static Command CreateExport(Terminal terminal)
    {
        var (subscriber, app) = (Subscriber(), AppOption.Create());
        var output = new Option<FileInfo?>("--output") { Description = "The file to write; without it, standard output", HelpName = "file" };
        var connection = new ConnectionOptions();
        var command = new Command("export", "Write all that is kept of a subscriber as JSON: devices with their tokens, channels, what was sent and opened.") { subscriber, app, output };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var gateway = connection.Open(parsed, terminal);
            var (id, file) = (parsed.GetRequiredValue(subscriber), parsed.GetValue(output));
            var client = gateway.Client.App(parsed.GetRequiredValue(app));
            var isThere = file is null
                ? await WriteAsync(client, id, terminal, cancellationToken)
                : await WriteAsync(client, id, file, cancellationToken);
            if (!isThere)
            {
                throw new CliException($"There is no subscriber {id}.");
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command CreateDelete(Terminal terminal)
    {
        var (subscriber, app) = (Subscriber(), AppOption.Create());
        var yes = new Option<bool>("--yes") { Description = "Really; it cannot be undone", Required = true };
        var connection = new ConnectionOptions();
        var command = new Command("delete", "Delete a subscriber with everything of theirs, and end their tokens. Repeating it changes nothing.") { subscriber, app, yes };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var gateway = connection.Open(parsed, terminal);
            var id = parsed.GetRequiredValue(subscriber);
            await gateway.Client.App(parsed.GetRequiredValue(app)).DeleteSubscriberAsync(id, cancellationToken);
            await terminal.Output.WriteLineAsync($"Nothing is kept of subscriber {id}.");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Argument<string> Subscriber() => new("subscriber") { Description = "The subscriber's id" };

    private static async Task<bool> WriteAsync(PushGatewayAppClient client, string subscriber, Terminal terminal, CancellationToken cancellationToken)
    {
        using var export = new MemoryStream();
        var isThere = await client.ExportSubscriberAsync(subscriber, export, cancellationToken);
        if (isThere)
        {
            await terminal.Output.WriteLineAsync(Encoding.UTF8.GetString(export.GetBuffer(), 0, (int)export.Length));
        }

        return isThere;
    }

    // Beside it first: a file that is there stays as it is until there is a whole one to replace it.
    private static async Task<bool> WriteAsync(PushGatewayAppClient client, string subscriber, FileInfo file, CancellationToken cancellationToken)
    {
        var part = file.FullName + ".part";
        try
        {
            bool isThere;
            await using (var destination = File.Create(part))
            {
                isThere = await client.ExportSubscriberAsync(subscriber, destination, cancellationToken);
            }

            if (isThere)
            {
                File.Move(part, file.FullName, overwrite: true);
            }

            return isThere;
        }
        catch (Exception problem) when (problem is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new CliException($"{file.FullName} cannot be written: {problem.Message}");
        }
        finally
        {
            if (File.Exists(part))
            {
                File.Delete(part);
            }
        }
    }
}
