using System.CommandLine;
using Microsoft.Extensions.Options;
using PushGateway.Server.Cli.Backup;
using PushGateway.Server.Settings;
using PushGateway.Storage.Backup;

namespace PushGateway.Server.Cli;

/// <summary><c>backup FOLDER</c>: the store and its keys, while the gateway runs.</summary>
internal static class BackupCommand
{
    private const int MaxKept = 10_000;

    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = "Where backups are put, each in a folder of its own" };
        var keep = new Option<int?>("--keep") { Description = "Delete the oldest whole backups there above so many (default: none is deleted)", HelpName = "count" };
        keep.AcceptOnlyBetween(1, MaxKept);
        var command = new Command("backup", "Copy the store and its keys while the gateway runs, and check the copy. Takes settings as serve does.") { folder, keep };
        SettingArguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var parent = parsed.GetRequiredValue(folder);
            await using var gateway = GatewayHost.Build(SettingArguments.Read(parsed));
            var services = gateway.Services;
            var run = new BackupRun(
                services.GetRequiredService<IStoreBackup>(), services.GetRequiredService<IOptions<KeysDirectoryOptions>>().Value.KeysDirectory, terminal.Time);
            // The folder alone on standard output, so that a script can take it from there.
            await terminal.Output.WriteLineAsync(await run.RunAsync(parent, cancellationToken));
            if (parsed.GetValue(keep) is { } count)
            {
                foreach (var old in BackupRun.DeleteOldest(parent, count))
                {
                    await terminal.Error.WriteLineAsync($"Deleted {old}.");
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
