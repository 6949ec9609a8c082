using System.CommandLine;

namespace PushGateway.Server.Cli;

/// <summary><c>serve</c>: the gateway, until it is stopped. Also what happens without a command.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Run the gateway. Settings come from appsettings.json, the environment, or here as --Key=value.");
        Configure(command);
        return command;
    }

    public static void MakeDefaultOf(RootCommand root) => Configure(root);

    private static void Configure(Command command)
    {
        var urls = new Option<string?>("--urls") { Description = "Addresses to listen on, separated by ';' (default http://127.0.0.1:8080)", HelpName = "urls" };
        command.Options.Add(urls);
        SettingArguments.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = SettingArguments.Read(parsed);
            return RunAsync(parsed.GetValue(urls) is { } value ? [$"--urls={value}", .. settings] : settings, cancellationToken);
        });
    }

    private static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        // A failed start is worded once, by FailureReport; the host would log it with its whole stack before that.
        var isRunning = false;
        using var sizeLimit = FileSizeSignal.Ignore();
        await using var gateway = GatewayHost.Build(
            settings, builder => builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => isRunning && level >= LogLevel.Information));
        await gateway.StartAsync(cancellationToken);
        isRunning = true;
        await gateway.WaitForShutdownAsync(cancellationToken);
        return ExitCodes.Success;
    }
}
