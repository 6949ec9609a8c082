using System.CommandLine;
using Microsoft.Extensions.Options;
using PushGateway.Server.Cli.Backup;
using PushGateway.Server.Settings;
using PushGateway.Storage.Backup;

namespace PushGateway.Server.Cli;

/// <summary><c>restore FOLDER</c>: a backup back to where the settings say that the store is.</summary>
internal static class RestoreCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = "What backup printed" };
        var command = new Command("restore", "Put a backup back, where there is neither a store nor keys yet. Takes settings as serve does.") { folder };
        SettingArguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var gateway = GatewayHost.Build(SettingArguments.Read(parsed));
            var services = gateway.Services;
            var run = new RestoreRun(
                services.GetRequiredService<IStoreBackup>(), services.GetRequiredService<IOptions<KeysDirectoryOptions>>().Value.KeysDirectory);
            var manifest = await run.RunAsync(parsed.GetRequiredValue(folder), cancellationToken);
            await terminal.Output.WriteLineAsync($"Restored the store of {manifest.CreatedAt:u}: {manifest.Content.Rows.Values.Sum()} rows in {manifest.Content.Rows.Count} tables, and its keys.");
            return ExitCodes.Success;
        });
        return command;
    }
}
