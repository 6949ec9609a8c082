using System.CommandLine;
using PushGateway.Client.Keys;
using Spectre.Console;

namespace PushGateway.Server.Cli;

/// <summary><c>keys create|list|delete</c>: API keys.</summary>
internal static class KeysCommand
{
    public static Command Create(Terminal terminal) =>
        new("keys", "Make, list and delete API keys.") { CreateCreate(terminal), CreateList(terminal), CreateDelete(terminal) };

    private static Command CreateCreate(Terminal terminal)
    {
        var name = new Option<string>("--name") { Description = "What it is for", HelpName = "name", Required = true };
        var scopes = new Option<string[]>("--scope") { Description = "admin, publish, devices or read; may be repeated", HelpName = "scope", Required = true };
        scopes.AcceptOnlyFromAmong("admin", "publish", "devices", "read");
        var app = new Option<string?>("--app") { Description = "The app it is for; none only for admin", HelpName = "app" };
        var connection = new ConnectionOptions();
        var command = new Command("create", "Make a key and print it. This is the only time it is shown.") { name, scopes, app };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var gateway = connection.Open(parsed, terminal);
            var created = await gateway.Client.CreateKeyAsync(
                parsed.GetRequiredValue(name), parsed.GetRequiredValue(scopes), parsed.GetValue(app), cancellationToken);
            // The key alone on standard output, so that a script can take it from there.
            await terminal.Error.WriteLineAsync($"Key {created.Id}; it is not shown again:");
            await terminal.Output.WriteLineAsync(created.Key);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var connection = new ConnectionOptions();
        var command = new Command("list", "List the keys, never the secrets themselves.");
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var gateway = connection.Open(parsed, terminal);
            var table = new Table { Border = terminal.IsInteractive ? TableBorder.Rounded : TableBorder.Ascii };
            table.AddColumns("Id", "Name", "Scopes", "App", "Created", "Last used");
            string? cursor = null;
            do
            {
                var page = await gateway.Client.ListKeysAsync(cursor, cancellationToken);
                foreach (var key in page.Items)
                {
                    AddRow(table, key);
                }

                cursor = page.NextCursor;
            }
            while (cursor is not null);
            terminal.Rich.Write(table);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command CreateDelete(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The key's id, as listed" };
        var connection = new ConnectionOptions();
        var command = new Command("delete", "Delete a key; whoever uses it is refused from then on.") { id };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var gateway = connection.Open(parsed, terminal);
            var keyId = parsed.GetRequiredValue(id);
            if (!await gateway.Client.DeleteKeyAsync(keyId, cancellationToken))
            {
                throw new CliException($"There is no key {keyId}.");
            }

            await terminal.Output.WriteLineAsync($"Key {keyId} deleted.");
            return ExitCodes.Success;
        });
        return command;
    }

    private static void AddRow(Table table, KeyInfo key) => table.AddRow(
        Markup.Escape(key.Id), Markup.Escape(key.Name ?? string.Empty), Markup.Escape(string.Join(", ", key.Scopes)),
        Markup.Escape(key.App ?? "all"), $"{key.CreatedAt:u}", key.LastUsedAt is { } used ? $"{used:u}" : "never");
}
