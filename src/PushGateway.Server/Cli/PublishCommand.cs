using System.CommandLine;
using System.Text;
using PushGateway.Client.Events;

namespace PushGateway.Server.Cli;

/// <summary><c>publish</c>: posts one event.</summary>
internal static class PublishCommand
{
    public static Command Create(Terminal terminal)
    {
        var app = AppOption.Create();
        var body = new PublishBodyOptions();
        var idempotencyKey = new Option<string?>("--idempotency-key") { Description = "Makes repeating the command harmless, for 7 days", HelpName = "key" };
        var watch = new Option<bool>("--watch") { Description = "Show the progress until the end; exit status 0 only when the event completed" };
        var connection = new ConnectionOptions();
        var command = new Command("publish", "Post one event.") { app };
        body.AddTo(command);
        command.Options.Add(idempotencyKey);
        command.Options.Add(watch);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = Encoding.UTF8.GetBytes((await body.ReadAsync(parsed, terminal, cancellationToken)).ToJsonString());
            using var gateway = connection.OpenForStreams(parsed, terminal);
            var client = gateway.Client.App(parsed.GetRequiredValue(app));
            var published = await client.PublishAsync(json, parsed.GetValue(idempotencyKey), cancellationToken);
            await terminal.Output.WriteLineAsync(Describe(published));
            return parsed.GetValue(watch)
                ? await WatchCommand.RunAsync(terminal, client, published.Event.Id, cancellationToken)
                : ExitCodes.Success;
        });
        return command;
    }

    private static string Describe(PublishedEvent published) => published.Replayed
        ? $"Event {published.Event.Id} was published before under this idempotency key; nothing new was begun."
        : $"Event {published.Event.Id} {published.Event.State}, audience about {published.Event.EstimatedAudience:N0}.";
}
