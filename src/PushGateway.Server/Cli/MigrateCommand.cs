using System.CommandLine;
using PushGateway.Storage;

namespace PushGateway.Server.Cli;

/// <summary><c>migrate</c>: brings the store's schema up to date, and does nothing else.</summary>
internal static class MigrateCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("migrate", "Apply the migrations the store lacks, and say which. Takes settings as serve does.");
        SettingArguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var gateway = GatewayHost.Build(SettingArguments.Read(parsed));
            var applied = await gateway.Services.GetRequiredService<IStoreMigrator>().MigrateAsync(cancellationToken);
            foreach (var migration in applied)
            {
                await terminal.Output.WriteLineAsync($"Applied {migration}.");
            }

            await terminal.Output.WriteLineAsync(applied.Count == 0 ? "The store was up to date." : "The store is up to date.");
            return ExitCodes.Success;
        });
        return command;
    }
}
