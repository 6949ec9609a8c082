using System.CommandLine;
using PushGateway.Client;
using PushGateway.Server.Cli.Output;

namespace PushGateway.Server.Cli;

/// <summary><c>watch EVENT</c>: an event's progress until its end.</summary>
internal static class WatchCommand
{
    public static Command Create(Terminal terminal)
    {
        var eventId = new Argument<string>("event") { Description = "The event's id" };
        var app = AppOption.Create();
        var connection = new ConnectionOptions();
        var command = new Command("watch", "Show an event's progress until its end. Exit status 0 only when it completed.") { eventId, app };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var gateway = connection.OpenForStreams(parsed, terminal);
            return await RunAsync(terminal, gateway.Client.App(parsed.GetRequiredValue(app)), parsed.GetRequiredValue(eventId), cancellationToken);
        });
        return command;
    }

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Terminal terminal, PushGatewayAppClient app, string eventId, CancellationToken cancellationToken)
    {
        var info = await EventWatch.RunAsync(terminal, app, eventId, cancellationToken);
        OutcomeTable.Write(terminal, info);
        await terminal.Output.WriteLineAsync($"Event {info.Id} {info.State}.");
        return info.State == "completed" ? ExitCodes.Success : ExitCodes.Failure;
    }
}
